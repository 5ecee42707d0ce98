#!/usr/bin/env bash
# The long form of the crash test: 200 stations under load, server and PostgreSQL each killed (kill -9) 20 times at random moments.
# Afterwards every acknowledged StartTransaction, StopTransaction and MeterValues must be there, once.
#
#   bench/crash.sh [rounds] [stations]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet build tests/Ladewerk.Tests -v quiet
LADEWERK_CRASH_ROUNDS="${1:-20}" LADEWERK_CRASH_STATIONS="${2:-200}" \
  dotnet artifacts/bin/Ladewerk.Tests/debug/Ladewerk.Tests.dll -class '*CrashTests' -noLogo
