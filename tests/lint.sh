#!/usr/bin/env bash
# What `make lint` runs, as a step of `make check`.
exec bash "$(dirname "$0")/lint/lint.sh"
