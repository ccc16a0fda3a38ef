#!/usr/bin/env bash
# What editors and shells are given: the schema of scenarios, judged by another
# implementation of JSON Schema; completions, asked as the shells ask.
. "$(dirname "$0")/lib.sh"
need jq zsh fish /usr/bin/python3
cd "$tmp" || exit 1
ln -s "$root/scenarios" .
PATH=$BUILD:$PATH

# ---- schema ----
"$prog" schema >schema.json
same 'schema: exit code' 0 $?
same 'schema: its draft' https://json-schema.org/draft/2020-12/schema \
	"$(jq -r '."$schema"' schema.json)"

# judged FILE|DIR...: prints the files that the schema refuses, and a count
judged()
{
	/usr/bin/python3 - "$@" <<'PYTHON'
import json, pathlib, sys, yaml
from jsonschema import Draft202012Validator
schema = json.load(open("schema.json"))
Draft202012Validator.check_schema(schema)
judge = Draft202012Validator(schema)
# times such as 1:30 and dates are texts in the notation
class Plain(yaml.SafeLoader):
    pass
Plain.yaml_implicit_resolvers = {
    c: [r for r in rs if r[0].rsplit(":", 1)[1] in ("bool", "int", "float", "null")]
    for c, rs in yaml.SafeLoader.yaml_implicit_resolvers.items()}
paths = [q for p in map(pathlib.Path, sys.argv[1:])
         for q in ([p] if p.is_file() else sorted(p.rglob("*.yml")))]
bad = 0
for path in paths:
    for fault in judge.iter_errors(yaml.load(open(path), Plain)):
        print(path, list(fault.path), fault.message[:120])
        bad += 1
        break
print(len(paths), "files,", bad, "refused")
PYTHON
}

files=$(find scenarios/ -name '*.yml' | wc -l)
judged scenarios/ >judged
same 'schema: every shipped scenario is good' "$files files, 0 refused" \
	"$(tail -n 1 judged)"
[ "$(wc -l <judged)" -eq 1 ] || head -n 20 judged
for wrong in 'srcs: {}' 'call: {answr: 1s}' 'srs: [{name: 1, refuze: 486}]' \
	'expect: [{recorded_bye: a}]' 'call: {hangup: nobody}'; do
	printf '%s\n' 'name: wrong' "$wrong" >wrong.yml
	same "schema: refuses $wrong" '1 files, 1 refused' \
		"$(judged wrong.yml | tail -n 1)"
done

# ---- completions ----
"$prog" completion bash >complete.bash
cat >ask.bash <<'BASH'
. ./complete.bash
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_siprec_src
echo "${COMPREPLY[*]}"
BASH
asked()
{
	bash ask.bash siprec-src "$@"
}
same 'bash: commands' 'run replay' "$(asked r)"
same 'bash: options' '--ca --cert --clock --color' "$(asked run --c | xargs -n 1 | sort | xargs)"
same 'bash: values' 'real virtual auto' "$(asked run --clock '')"
same 'bash: files' 'schema.json' "$(asked run schem)"
same 'bash: words' 'stop streams' "$(asked ctl st | xargs -n 1 | sort | xargs)"
same 'bash: a command without arguments' '' "$(asked schema '')"
"$prog" completion fish >complete.fish
asked()
{
	fish -c "source complete.fish; complete -C 'siprec-src $*'" | cut -f 1 |
		sort | xargs
}
same 'fish: commands' 'replay run' "$(asked r)"
same 'fish: options' '--ca --cert --clock --color' "$(asked run --c)"
same 'fish: values' 'auto real virtual' "$(asked run --clock '')"
same 'fish: words' 'pause resume sessions stop streams' "$(asked ctl '')"
"$prog" completion zsh >_siprec-src
zsh -n _siprec-src
same 'zsh: its syntax' 0 $?
zsh -fc 'fpath=($PWD $fpath); autoload -U compinit; compinit -u -d dump;
	whence -w _siprec-src; echo $_comps[siprec-src]' >answer 2>&1
same 'zsh: it is found' '_siprec-src: function _siprec-src' "$(xargs <answer)"
"$prog" completion csh 2>answer
same 'completion: another shell' '2 siprec-src completion: wants bash, zsh or fish, not '"'csh'" \
	"$? $(cat answer)"

finish
