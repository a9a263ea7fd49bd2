# Called with --config FILE. Appends each message but STATE to the file of its stream, and gives a STATE back when all before it is written.
folder=$(jq --raw-output .path "$2")
while IFS= read -r line; do
  case $(printf '%s' "$line" | jq --raw-output .type) in
    STATE) printf '%s' "$line" | jq --compact-output .value ;;
    *) printf '%s\n' "$line" >> "$folder/$(printf '%s' "$line" | jq --raw-output .stream).jsonl" ;;
  esac
done
