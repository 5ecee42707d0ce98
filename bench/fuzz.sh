#!/usr/bin/env bash
# The long form of the test with mutated frames: no crash, every call with a readable id answered, no session corrupted, memory flat.
#
#   bench/fuzz.sh [frames] [seed]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet build tests/Ladewerk.Tests -v quiet
LADEWERK_FUZZ_FRAMES="${1:-100000}" LADEWERK_FUZZ_SEED="${2:-20261121}" \
  dotnet artifacts/bin/Ladewerk.Tests/debug/Ladewerk.Tests.dll -class '*MutatedFramesTests' -showLiveOutput -noLogo
