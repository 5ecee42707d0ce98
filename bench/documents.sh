#!/bin/sh
# Holds the documents of random invoices against the database: every amount that the PDF prints, every sum and line of the XML, the XML within the PDF byte
# for byte, the XSD and the rules of EN 16931. Documents are made by the bounded pool. ./test does the same with a few.
#
#   bench/documents.sh [invoices]
#
# Needs what ./test needs: WeasyPrint, poppler-utils, PostgreSQL, and npm ci in tests/Ladewerk.Tests/ThirdParty.
set -eu
cd "$(dirname "$0")/.."
dotnet build tests/Ladewerk.Tests -v q --nologo
LADEWERK_TEST_DOCUMENTS=${1:-100} exec dotnet artifacts/bin/Ladewerk.Tests/debug/Ladewerk.Tests.dll -class '*DocumentTests' -noColor
