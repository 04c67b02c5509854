#!/bin/sh
# Runs the demo, captures its messages, and has tshark look for anything wrong in them, on both sides of the gateway.
# Expects 0 malformed frames and 0 expert errors; ends with 1 when there are any, with 2 when it cannot capture.
# Needs tshark and the right to capture. In a network namespace of its own, where that is allowed, nothing else is in the capture.
#
#   .ci/tshark-demo.sh [folder for demo.pcapng and demo.txt]
set -eu

ERROR=8388608 # the severity "error" of tshark's experts

if [ "${1:-}" = --inside ]; then
  ip link set lo up
  shift
elif unshare -rn ip link set lo up 2>/dev/null; then
  exec unshare -rn "$0" --inside "$@"
fi
home=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
capture=$folder/demo.pcapng
story=$folder/demo.txt

command -v tshark >/dev/null || { echo "tshark-demo: there is no tshark in PATH" >&2; exit 2; }
"$home/diameter-gateway" -version >/dev/null # builds first, if need be
tshark -q -i lo -f tcp -w "$capture" 2>"$folder/tshark.txt" &
tshark=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
  grep -q "Capturing on" "$folder/tshark.txt" && break
  kill -0 $tshark 2>/dev/null || { echo "tshark-demo: cannot capture: $(tail -n 1 "$folder/tshark.txt")" >&2; exit 2; }
  sleep 1
done
sleep 1
demo=0
"$home/diameter-gateway" demo -seconds 6 -rate 500 >"$story" || demo=$?
sleep 1
kill -INT $tshark
wait $tshark || :
tail -n 1 "$story"
[ $demo = 0 ] || { echo "tshark-demo: the demo ended with $demo; it wrote $story" >&2; exit 1; }

ports=$(sed -n 's/^ports: gateway \([0-9]*\), DRA-1 \([0-9]*\), DRA-2 \([0-9]*\), DRA-3 \([0-9]*\) .*/\1 \2 \3 \4/p' "$story")
# shellcheck disable=SC2086 # four numbers
set -- $ports
tshark -r "$capture" -d "tcp.port==$1,diameter" -d "tcp.port==$2,diameter" -d "tcp.port==$3,diameter" -d "tcp.port==$4,diameter" \
  -Y diameter -T fields -e tcp.srcport -e tcp.dstport -e diameter.cmd.code -e _ws.malformed -e _ws.expert.severity -e _ws.expert.message \
  2>/dev/null | awk -F '\t' -v gateway="$1" -v error=$ERROR '
    {
      side = $1 == gateway || $2 == gateway ? "Logic Apps" : "DRAs"
      frames[side]++
      messages[side] += split($3, codes, ",")
      if ($4 != "") malformed[side]++
      if (index("," $5 ",", "," error ",")) { errors[side]++; print side ": " $6 }
    }
    END {
      for (n = split("Logic Apps,DRAs", sides, ","); n > 0; n--) {
        side = sides[n]
        printf "%-10s  %d Diameter messages in %d frames, %d malformed, %d expert errors\n", side, messages[side], frames[side], malformed[side], errors[side]
        wrong += malformed[side] + errors[side] + (messages[side] == 0)
      }
      exit wrong != 0
    }'
