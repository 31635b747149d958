#!/bin/bash
# A few of the kills and power cuts of long/crash-matrix.sh, other ones each time.
set -euo pipefail
CRASHES=${CRASHES:-1} BOUNDARIES=${BOUNDARIES:-2} exec bash "$(dirname "$0")/long/crash-matrix.sh"
