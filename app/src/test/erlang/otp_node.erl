%% A Diameter node of Erlang/OTP's own making, for tests: a DRA that waits for connections, or a
%% Logic App that makes one. Both answer accounting requests (RFC 6733 section 9) and send them.
%%
%%     erl -noshell -pa FOLDER -run otp_node main dra dra1.example.com PORT WATCHDOG_MILLIS
%%     erl -noshell -pa FOLDER -run otp_node main app app1.example.com PORT WATCHDOG_MILLIS
%%
%% Commands, one a line of the standard input, and what they print:
%%
%%     send COUNT RATE [HOST]   that many requests, so many a second, to any host of the realm or to
%%                              this one: sent 1000 ok 998 others {3002=2} unanswered 0
%%     loop HOST                one request that has been at this host already: sent 1 ok 0 ...
%%     unproxiable              one request that may not be forwarded: sent 1 ok 0 ...
%%     delay MILLIS             from now on answers come that late
%%     report                   what came in so far: report requests 1000 ... problems 0 errors 0
%%     leave CAUSE              disconnects with DPR and this Disconnect-Cause, and stays away
%%     return                   takes connections, or makes one, again
%%     drop                     closes the connection without DPR
%%
%% It ends with its standard input. Every message that comes in is decoded strictly; "problems" are
%% the errors found in all of them, "errors" those that the diameter application itself counted.
-module(otp_node).

-export([main/1]).
-export([peer_up/3, peer_down/3, pick_peer/4, prepare_request/3, prepare_retransmit/3]).
-export([handle_answer/4, handle_error/4, handle_request/3]).

-define(SERVICE, node).
-define(REALM, <<"example.com">>).
-define(BASE, diameter_gen_base_rfc6733).
-define(ACCOUNTING, diameter_gen_acct_rfc6733).
-define(VENDOR_ID, 193).
-define(TIMEOUT, 40000). % longer than the gateway's session-timeout
-define(CONNECT_AGAIN, 1000).

%% The two records of diameter.hrl that a node meets, which not every installation has.
-record(diameter_packet, {header, avps, msg, bin, errors = [], transport_data}).
-record(diameter_header, {version, length, cmd_code, application_id, hop_by_hop_id, end_to_end_id,
                          is_request, is_proxiable, is_error, is_retransmitted}).

main([Role, Host, Port, Watchdog]) ->
    ets:new(?MODULE, [public, named_table]),
    persistent_term:put(host, list_to_binary(Host)),
    installed(code:which(diameter)),
    ok = diameter:start(),
    true = diameter:subscribe(?SERVICE),
    ok = diameter:start_service(?SERVICE, service()),
    Transport = transport(Role, list_to_integer(Port), list_to_integer(Watchdog)),
    {ok, Added} = diameter:add_transport(?SERVICE, Transport),
    await_listening(Role, Added),
    Node = self(),
    spawn_link(fun() -> read(Node) end),
    print("~s: ~s ~s on port ~s", [product(), Role, Host, Port]),
    loop(Transport).

installed(non_existing) ->
    print("no diameter in ~s: Debian's package erlang-diameter brings it", [code:lib_dir()]),
    halt(1);
installed(_) -> ok.

product() ->
    {ok, Version} = application:get_key(diameter, vsn),
    "OTP " ++ erlang:system_info(otp_release) ++ " diameter " ++ Version.

service() ->
    [{'Origin-Host', host()}, {'Origin-Realm', ?REALM}, {'Host-IP-Address', [{127, 0, 0, 1}]},
     {'Vendor-Id', ?VENDOR_ID}, {'Product-Name', product()}, {'Acct-Application-Id', [3]},
     {'Origin-State-Id', diameter:origin_state_id()},
     {decode_format, map}, {string_decode, false}, {strict_mbit, true}
     | [{application, [{alias, Dictionary}, {dictionary, Dictionary}, {module, ?MODULE},
                       {request_errors, callback}, {answer_errors, callback}]}
        || Dictionary <- [?BASE, ?ACCOUNTING]]].

transport(Role, Port, Watchdog) ->
    {Type, Where} =
        case Role of
            "dra" -> {listen, [{ip, {127, 0, 0, 1}}, {port, Port}, {reuseaddr, true}]};
            "app" -> {connect, [{raddr, {127, 0, 0, 1}}, {rport, Port}]}
        end,
    Leave = fun(_Reason, _Transport, _Peer) -> {dpr, [{cause, persistent_term:get(cause, 0)}]} end,
    {Type, [{transport_module, diameter_tcp},
            {transport_config, [{message_cb, fun on_message/2} | Where]},
            {watchdog_timer, Watchdog}, {connect_timer, ?CONNECT_AGAIN}, {disconnect_cb, Leave}]}.

%% OTP listens in its own time.
await_listening("app", _) -> ok;
await_listening("dra", Transport) ->
    case lists:keymember(listen, 1, diameter_tcp:ports(Transport)) of
        true -> ok;
        false ->
            timer:sleep(10),
            await_listening("dra", Transport)
    end.

%% ------------------------------------------------------------------ commands and events

read(Node) ->
    case io:get_line("") of
        Line when is_list(Line) ->
            Node ! {command, string:lexemes(Line, " \n")},
            read(Node);
        _ ->
            halt(0, [{flush, false}])
    end.

loop(Transport) ->
    receive
        {command, Command} -> obey(Command, Transport);
        {diameter_event, ?SERVICE, Event} -> tell(Event)
    end,
    loop(Transport).

obey(["send", Count, Rate | To], _) ->
    send(list_to_integer(Count), list_to_integer(Rate), request(#{'Destination-Host' => To}));
obey(["loop", Host], _) -> send(1, 1, request(#{'Route-Record' => [Host]}));
obey(["unproxiable"], _) ->
    Request = request(#{}),
    send(1, 1, Request#diameter_packet{header = #diameter_header{is_proxiable = false}});
obey(["delay", Millis], _) ->
    persistent_term:put(delay, list_to_integer(Millis)),
    print("delayed", []);
obey(["report"], _) ->
    Counts = [io_lib:format("~s ~b ", [What, counted(What)])
              || What <- [requests, retransmitted, dwr, dwa, problems]],
    print("report ~serrors ~b", [Counts, counted(errors) + errors()]);
obey(["leave", Cause], _) ->
    persistent_term:put(cause, list_to_integer(Cause)),
    count(errors, errors()), % removed with the transport
    ok = diameter:remove_transport(?SERVICE, true),
    print("left", []);
obey(["return"], Transport) ->
    {ok, _} = diameter:add_transport(?SERVICE, Transport),
    print("returned", []);
obey(["drop"], _) ->
    [exit(element(1, proplists:get_value(peer, Connection)), kill)
     || Connection <- diameter:service_info(?SERVICE, connections)],
    print("dropped", []).

tell({watchdog, _, _, {From, To}, _}) -> print("watchdog ~s to ~s", [From, To]);
tell({closed, _, Reason, _}) -> print("refused ~0p", [Reason]);
tell(_) -> ok.

%% ------------------------------------------------------------------ requests of ours

request(More) ->
    Request = #{'Origin-Host' => host(),
                'Origin-Realm' => ?REALM,
                'Destination-Realm' => ?REALM,
                'Accounting-Record-Type' => 1, % EVENT_RECORD
                'Acct-Application-Id' => 3,
                'User-Name' => <<"user">>,
                'Proxy-Info' => [proxy_info()]},
    #diameter_packet{header = #diameter_header{}, msg = ['ACR' | maps:merge(Request, More)]}.

%% It must come back in the answer, whoever makes that.
proxy_info() -> #{'Proxy-Host' => host(), 'Proxy-State' => <<"state">>}.

send(Count, Rate, Request) ->
    spawn_link(fun() -> send_all(Count, Rate, Request) end).

send_all(Count, Rate, Request) ->
    Sender = self(),
    Begin = erlang:monotonic_time(millisecond),
    [begin
         timer:sleep(max(0, Begin + N * 1000 div Rate - erlang:monotonic_time(millisecond))),
         spawn_link(fun() -> Sender ! {result, call(N, Request)} end)
     end || N <- lists:seq(1, Count)],
    Results = lists:sort([receive {result, Result} -> Result end || _ <- lists:seq(1, Count)]),
    Number = fun(Result) -> length([1 || R <- Results, R == Result]) end,
    Others = lists:usort(Results) -- [2001, timeout],
    print("sent ~b ok ~b others {~s} unanswered ~b",
          [Count, Number(2001),
           lists:join(" ", [io_lib:format("~0p=~b", [R, Number(R)]) || R <- Others]),
           Number(timeout)]).

call(Number, #diameter_packet{msg = ['ACR' | Request]} = Packet) ->
    Msg = ['ACR' | Request#{'Session-Id' => diameter:session_id(host()),
                            'Accounting-Record-Number' => Number}],
    case diameter:call(?SERVICE, ?ACCOUNTING, Packet#diameter_packet{msg = Msg},
                       [{timeout, ?TIMEOUT}]) of
        {error, Reason} -> Reason;
        Result -> Result
    end.

pick_peer([Peer | _], _, _Service, _State) -> {ok, Peer};
pick_peer([], _, _Service, _State) -> false.

prepare_request(Packet, _Service, _Peer) -> {send, Packet}.

prepare_retransmit(Packet, _Service, _Peer) -> {send, Packet}.

handle_answer(#diameter_packet{msg = [_ | #{'Result-Code' := Result} = Answer]}, _, _, _) ->
    case maps:get('Proxy-Info', Answer, []) == [proxy_info()] of
        true -> Result;
        false -> {without_proxy_info, Result}
    end;
handle_answer(#diameter_packet{errors = Errors}, _, _, _) -> {bad_answer, Errors}.

handle_error(Reason, _Request, _Service, _Peer) -> {error, Reason}.

%% ------------------------------------------------------------------ requests of others

handle_request(#diameter_packet{msg = ['ACR' | Request], errors = []}, _Service, _Peer) ->
    timer:sleep(persistent_term:get(delay, 0)),
    Same = maps:with(['Session-Id', 'Accounting-Record-Type', 'Accounting-Record-Number',
                      'Acct-Application-Id', 'Proxy-Info'], Request),
    {reply, ['ACA' | Same#{'Result-Code' => 2001, 'Origin-Host' => host(),
                           'Origin-Realm' => ?REALM}]};
handle_request(_, _, _) -> {answer_message, 5012}.

peer_up(_Service, _Peer, State) -> State.
peer_down(_Service, _Peer, State) -> State.

host() -> persistent_term:get(host).

%% ------------------------------------------------------------------ every message that comes in

on_message(recv, Bytes) ->
    Header = diameter_codec:decode_header(Bytes),
    Strict = #{decode_format => map, string_decode => false, strict_mbit => true, rfc => 6733},
    Packet = diameter_codec:decode(dictionaries(Header), Strict, Bytes),
    [problem(Header, Error) || Error <- Packet#diameter_packet.errors],
    received(Header, Packet#diameter_packet.msg),
    [Bytes];
on_message(send, Message) -> [Message];
on_message(ack, _) -> [].

%% The one of the message's grammar, and the one of its application.
dictionaries(#diameter_header{is_error = true}) -> {?BASE, ?ACCOUNTING};
dictionaries(#diameter_header{application_id = 3}) -> {?ACCOUNTING, ?ACCOUNTING};
dictionaries(_) -> {?BASE, ?BASE}.

received(_, ['DWR' | _]) -> count(dwr);
received(_, ['DWA' | _]) -> count(dwa);
received(_, ['DPR' | #{'Disconnect-Cause' := Cause}]) -> print("received DPR ~b", [Cause]);
received(_, ['DPA' | #{'Result-Code' := Result}]) -> print("received DPA ~b", [Result]);
received(#diameter_header{end_to_end_id = EndToEnd, is_retransmitted = T},
         ['ACR' | #{'Origin-Host' := Origin} = Request]) ->
    count(requests),
    [count(retransmitted) || T],
    print("request e2e ~8.16.0b t ~p from ~s records ~s",
          [EndToEnd, T, Origin, lists:join(",", maps:get('Route-Record', Request, []))]);
received(_, _) -> ok.

problem(Header, Error) ->
    count(problems),
    print("problem ~0p in ~0p", [Error, Header]).

count(What) -> count(What, 1).

count(What, More) -> ets:update_counter(?MODULE, What, More, {What, 0}).

counted(What) -> proplists:get_value(What, ets:lookup(?MODULE, What), 0).

%% What the diameter application has counted itself, also over connections that have ended.
errors() ->
    lists:sum([Count || Transport <- diameter:service_info(?SERVICE, transport),
                        {{_Message, recv, What}, Count} <- proplists:get_value(statistics, Transport),
                        What == error orelse What == discarded]).

print(Format, Args) -> io:format(Format ++ "~n", Args).
