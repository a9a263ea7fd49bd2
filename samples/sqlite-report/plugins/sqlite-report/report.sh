# What the task gets is on standard input; what it writes to $FLEXCORE_OUTPUT are values for the steps after it.
set -eu
input=$(cat)
database=$(printf '%s' "$input" | jq --raw-output .input.path)/shop.db
least=$(printf '%s' "$input" | jq .input.least)
sqlite3 -readonly -bail -cmd ".parameter set :least $least" "$database" < report.sql > "$FLEXCORE_OUTPUT"
