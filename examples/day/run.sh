#!/bin/sh
# Follows docs/a-day.md from beginning to end in a folder of its own, with curl, and prints what is asked and answered.
#   examples/day/run.sh [FOLDER] [PORT]        default: a new folder below /tmp, port 8089
set -eu
home=$(CDPATH='' cd -P "$(dirname "$0")/../.." && pwd)
work=${1:-$(mktemp -d /tmp/crewledger-day.XXXXXX)}
port=${2:-8089}
PATH=$home/node_modules/.bin:$PATH
mkdir -p "$work"
# As root the database runs under another account, which must reach the folder.
chmod 711 "$work"
cd "$work"

crewledger() { "$home/crewledger" "$@" --lang en; }
sql() { node --disable-warning=ExperimentalWarning "$home/examples/day/sql.ts" data "$1"; }
# The plant's clock is turned to an instant, as an example may.
turn() { sql "update plants set clock_offset_ms = extract(epoch from timestamptz '$1+08' - clock_timestamp()) * 1000"; }
# Of a JSON answer, an expression of `b`.
pick() { node -e 'let t=""; process.stdin.on("data",(d)=>{t+=d}).on("end",()=>{const b=JSON.parse(t); const v=eval(process.argv[1]); console.log(typeof v==="string"?v:JSON.stringify(v))})' "$1"; }
say() { printf '\n── %s\n' "$1"; }
get() { curl -sg -H "authorization: Bearer $token" -H accept-language:en "$b$1"; }
post() { curl -s -w '\n' -H "authorization: Bearer $token" -H accept-language:en -H content-type:application/json "$b$1" -d "$2"; }
csv() { curl -s -w '\n' -H "authorization: Bearer $token" -H accept-language:en -H content-type:text/csv "$b/readings/bulk" --data-binary "$1"; }
# Asks until an expression of the answer holds; for 90 seconds at most.
until_holds() {
  tries=0
  until [ "$(get "$1" | pick "Boolean($2)")" = true ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 450 ] || { echo "it never came to pass: $2" >&2; get "$1" >&2; exit 1; }
    sleep 0.2
  done
}
shift=/sheets/evaporation/2030-03-04/夜

say 'a plant is brought in and served'
crewledger import "$home/examples/day" --data data
"$home/crewledger" serve --data data --port "$port" --lang en >served.txt 2>&1 &
served=$!
trap 'kill $served 2>/dev/null; wait $served 2>/dev/null || true' EXIT
until grep -q 'Ctrl-C' served.txt; do
  kill -0 $served || { cat served.txt; exit 1; }
  sleep 0.2
done
cat served.txt
b=http://127.0.0.1:$port/api/v1
code=$(sed -n 's/.*First code (shown only now): //p' served.txt)

say 'the first administrator, and a token for a program'
curl -s -o /dev/null -w 'made: %{http_code}\n' -H x-crewledger:1 -H content-type:application/json "$b/session/first" \
  -d "{\"code\":\"$code\",\"staffNumber\":\"0001\",\"name\":\"Wang\",\"password\":\"seven quiet meters\"}"
curl -s -c jar -H x-crewledger:1 -H content-type:application/json "$b/session" \
  -d '{"staffNumber":"0001","password":"seven quiet meters"}' >/dev/null
token=$(curl -s -b jar -H x-crewledger:1 -H content-type:application/json "$b/tokens" \
  -d '{"name":"a day","place":"plant","days":1,"actions":["readings.write","readings.read","laboratory.write","sheets.read","drafts.read","boards.read","explain.read","audit.read","jobs.read"]}' | pick b.secret)
echo "the token begins with $(echo "$token" | cut -c1-8)"

say 'readings come in, and the draft moves'
turn '2030-03-04 04:00'
csv 'point,time,value
W,2030-03-04 04:00,44
S,2030-03-04 04:00,12.00'
until_holds /drafts 'b.drafts[0]?.through==="2030-03-03T20:00:00.000Z"'
get /drafts | pick '(({unit,day,shift,team,through,gainFen})=>({unit,day,shift,team,through,gainFen}))(b.drafts[0])'

say 'a row that cannot be taken is told; the others are kept'
csv 'point,time,value
W,2030-03-04 06:00,66
S,2030-03-04 06:00,eighteen'

say 'the shift ends, five seconds later: provisional, since the laboratory has not come'
turn '2030-03-04 07:59:55'
csv 'point,time,value
W,2030-03-04 08:00,88
S,2030-03-04 08:00,24.00'
until_holds "$shift" 'b.gainFen===28000'
get "$shift" | pick '(({version,state,gainFen,bookedDay,asOf})=>({version,state,gainFen,bookedDay,asOf}))(b)'
first=$(get "$shift" | pick b.asOf)
get "$shift/explanation" | pick '[...b.headline,...b.parts[0].lines.filter((l)=>/volume|usage|quality|fees/.test(l.key)).map((l)=>l.sentence)].join("\n")'

say 'the late laboratory makes another version, with its difference and its reason'
turn '2030-03-04 10:00'
post /samples '{"rows":[{"id":"s1","point":"D","time":"2030-03-04 05:00","value":"1.300"}]}'
until_holds "$shift" 'b.state==="final"'
get "$shift/versions" | pick 'b.versions.map(({version,state,gainFen,differenceFen,said,postings})=>JSON.stringify({version,state,gainFen,differenceFen,said,postings})).join("\n")'

say 'as it was known then, and as it stands'
get "$shift?asOf=$first" | pick '[b.version,b.state,b.gainFen]'
get "$shift" | pick '[b.version,b.state,b.gainFen]'
get '/boards?period=day&day=2030-03-04' | pick 'b.boards[0].rows.map(({rank,team,gainFen,hours})=>[rank,team,gainFen,hours])'

say 'the ledger verifies'
until_holds /ledger/seals 'b.unsealed===0'
crewledger verify --data data

say 'the service cannot change what was posted, nor its owner in passing'
sql 'update postings set fen = fen + 100' || true

say 'whoever owns the machine can, and it is found'
sql "alter table postings disable trigger all;
update postings set fen = fen + 100 where key = 'usage.steam';
alter table postings enable trigger all"
crewledger verify --data data && exit 1
echo "exit code $?"
