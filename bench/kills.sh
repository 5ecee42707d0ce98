#!/usr/bin/env bash
# The long form of the kill test of money: the server is killed (kill -9) 200 times while cards are charged, money goes back and to hosts, and invoices are issued,
# most often between the provider's yes and its own commit. Afterwards each payment, refund, transfer and invoice must be there once, and the ledger balanced.
#
#   bench/kills.sh [kills]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet build tests/Ladewerk.Tests -v quiet
LADEWERK_KILLS="${1:-200}" dotnet artifacts/bin/Ladewerk.Tests/debug/Ladewerk.Tests.dll -class '*PaymentKillTests' -noLogo
