using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using FlexCore.Sandbox.Tests.Scenarios;

namespace FlexCore.Sandbox.Tests.Network;

/// <summary>How a granted connection behaves, from its beginning to its end.</summary>
public sealed class NetworkRelayTests
{
    private readonly ConcurrentQueue<SandboxConnection> _connections = new();

    [Fact]
    public async Task Either_side_may_end_its_half_and_go_on_reading()
    {
        await using var answersAtTheEnd = new LoopbackServer(async socket =>
        {
            var all = await LoopbackServer.ReadToEndAsync(socket);
            await LoopbackServer.SendAsync(socket, Encoding.ASCII.GetBytes($"{all!.Length}"));
        });
        await using var endsFirst = new LoopbackServer(async socket =>
        {
            await LoopbackServer.SendAsync(socket, "first"u8.ToArray());
            socket.Shutdown(SocketShutdown.Send);
            (await LoopbackServer.ReadToEndAsync(socket)).ShouldBe("last words"u8.ToArray());
        });
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Granted(
            $$"""
            import socket
            c = socket.create_connection(("localhost", {{answersAtTheEnd.Port}}), 5)
            c.sendall(bytes(1000))
            c.shutdown(socket.SHUT_WR)
            print(c.recv(10).decode())
            c = socket.create_connection(("localhost", {{endsFirst.Port}}), 5)
            print(c.recv(10).decode(), c.recv(10))
            c.sendall(b"last words")
            c.close()
            """,
            answersAtTheEnd.AsLocalhost,
            endsFirst.AsLocalhost));

        output.ShouldBe("1000\nfirst b''\n");
    }

    [Fact]
    public async Task Much_goes_both_ways_at_once_and_arrives_as_it_was_sent()
    {
        const int Size = 64 << 20;
        var content = RandomNumberGenerator.GetBytes(Size);
        var received = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new LoopbackServer(async socket =>
        {
            var reading = LoopbackServer.ReadToEndAsync(socket);
            await LoopbackServer.SendAsync(socket, content);
            socket.Shutdown(SocketShutdown.Send);
            received.SetResult((await reading).ShouldNotBeNull());
        });
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Granted(
            $$"""
            import hashlib, random, socket, threading
            c = socket.create_connection(("localhost", {{server.Port}}), 5)
            content = random.Random(4711).randbytes({{Size}})
            def send():
                c.sendall(content)
                c.shutdown(socket.SHUT_WR)
            sender = threading.Thread(target=send)
            sender.start()
            received = hashlib.sha256()
            while chunk := c.recv(65536): received.update(chunk)
            sender.join()
            print(received.hexdigest(), hashlib.sha256(content).hexdigest())
            """,
            server.AsLocalhost));

        output.ShouldBe($"{Hash(content)} {Hash(await received.Task.WaitAsync(Plugin.Patience, TestContext.Current.CancellationToken))}\n");
        var connection = _connections.ShouldHaveSingleItem();
        (connection.BytesSent, connection.BytesReceived).ShouldBe((Size, Size));
    }

    [Fact]
    public async Task Hundred_connections_at_once_are_kept_apart()
    {
        await using var server = LoopbackServer.Echo();
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Granted(
            $$"""
            import socket
            all = [socket.create_connection(("localhost", {{server.Port}}), 5) for _ in range(100)]
            for number, c in enumerate(all): c.sendall(b"%03d" % number)
            print(all == [c for number, c in enumerate(all) if c.recv(3, socket.MSG_WAITALL) == b"%03d" % number])
            """,
            server.AsLocalhost));

        output.ShouldBe("True\n");
        _connections.Count.ShouldBe(100);
        _connections.ShouldAllBe(connection => connection.BytesSent == 3 && connection.BytesReceived == 3);
    }

    [Fact]
    public async Task Connection_over_the_limit_is_reset_and_one_that_ends_makes_room()
    {
        await using var server = LoopbackServer.Echo();
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Granted(
            $$"""
            import socket
            def connect():
                try:
                    c = socket.create_connection(("localhost", {{server.Port}}), 5)
                    c.sendall(b"x")
                    c.recv(1)
                    return c
                except ConnectionResetError: return None
            all = [connect() for _ in range(4)]
            print([c is not None for c in all])
            all[0].close()
            while not connect(): pass
            """,
            server.AsLocalhost) with
        { Limits = new SandboxLimits { Connections = 3 } });

        output.ShouldBe("[True, True, True, False]\n");
        _connections.Count(connection => connection.Outcome == SandboxConnectionOutcome.Connected).ShouldBe(4);
        _connections.ShouldContain(connection => connection.Outcome == SandboxConnectionOutcome.OverLimit);
    }

    [Fact]
    public async Task Destination_that_is_down_resets_the_connection_at_once()
    {
        SandboxEndpoint nobody;
        await using (var server = LoopbackServer.Echo()) nobody = server.AsLocalhost;
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Granted(
            $$"""
            import socket
            try: socket.create_connection(("localhost", {{nobody.Port}}), 5).recv(1); print("end")
            except ConnectionResetError: print("reset")
            """,
            nobody));

        output.ShouldBe("reset\n");
        _connections.ShouldHaveSingleItem().Outcome.ShouldBe(SandboxConnectionOutcome.Unreachable);
    }

    [Fact]
    public async Task Reset_passes_as_a_reset_both_ways_and_never_as_an_end()
    {
        var serverSawReset = new TaskCompletionSource<bool>();
        await using var resets = new LoopbackServer(async socket =>
        {
            await socket.ReceiveAsync(new byte[1]);
            await LoopbackServer.SendAsync(socket, "half of"u8.ToArray());
            await socket.ReceiveAsync(new byte[1]);
            socket.Close(timeout: 0);
        });
        await using var isReset = new LoopbackServer(async socket => serverSawReset.SetResult(await LoopbackServer.ReadToEndAsync(socket) is null));
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Granted(
            $$"""
            import socket, struct
            c = socket.create_connection(("localhost", {{resets.Port}}), 5)
            c.sendall(b"x")
            print(c.recv(100).decode())
            c.sendall(b"x")
            try: print(c.recv(100))
            except ConnectionResetError: print("reset")
            c = socket.create_connection(("localhost", {{isReset.Port}}), 5)
            c.sendall(b"half of")
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            c.close()
            """,
            resets.AsLocalhost,
            isReset.AsLocalhost));

        output.ShouldBe("half of\nreset\n");
        (await serverSawReset.Task.WaitAsync(Plugin.Patience, TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    [Fact]
    public async Task What_a_program_sends_right_before_its_end_arrives()
    {
        const int Size = 8 << 20;
        var received = new TaskCompletionSource<int?>();
        await using var server = new LoopbackServer(async socket => received.SetResult((await LoopbackServer.ReadToEndAsync(socket))?.Length));
        await using var host = Plugin.NewHost();

        await host.OutputAsync(Granted($"import os, socket; socket.create_connection(('localhost', {server.Port}), 5).sendall(bytes({Size})); os._exit(0)", server.AsLocalhost));

        (await received.Task.WaitAsync(Plugin.Patience, TestContext.Current.CancellationToken)).ShouldBe(Size);
        _connections.ShouldHaveSingleItem().BytesSent.ShouldBe(Size);
    }

    [Fact]
    public async Task Slow_reader_holds_the_writer_back()
    {
        var go = new TaskCompletionSource();
        await using var server = new LoopbackServer(async socket =>
        {
            await go.Task;
            (await LoopbackServer.ReadToEndAsync(socket))!.Length.ShouldBe(256 << 20);
        });
        await using var host = Plugin.NewHost();
        await using var process = await host.StartAsync(
            Granted(
                $$"""
                import socket
                c = socket.create_connection(("localhost", {{server.Port}}))
                c.settimeout(1)
                sent, size, chunk = 0, 256 << 20, bytes(1 << 20)
                try:
                    while sent < size: sent += c.send(chunk[:size - sent])
                except TimeoutError: print("held back", flush=True)
                c.settimeout(None)
                while sent < size: sent += c.send(chunk[:size - sent])
                c.shutdown(socket.SHUT_WR)
                c.recv(1)
                """,
                server.AsLocalhost),
            TestContext.Current.CancellationToken);

        (await Plugin.ReadLineAsync(process.Output)).ShouldBe("held back");
        go.SetResult();

        (await process.EndAsync()).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Connection_ends_with_the_sandbox_whoever_still_holds_it()
    {
        var ended = new TaskCompletionSource();
        await using var server = new LoopbackServer(async socket =>
        {
            await LoopbackServer.SendAsync(socket, "x"u8.ToArray());
            await LoopbackServer.ReadToEndAsync(socket);
            ended.SetResult();
        });
        await using var host = Plugin.NewHost();

        // A daemon keeps it, in a session of its own.
        var result = await host.RunAsync(Granted(
            $$"""
            import os, signal, socket
            c = socket.create_connection(("localhost", {{server.Port}}), 5)
            c.recv(1)
            if os.fork() == 0:
                os.setsid()
                os.close(0), os.close(1), os.close(2)
                signal.pause()
            """,
            server.AsLocalhost));

        result.Exit.ExitCode.ShouldBe(0);
        await ended.Task.WaitAsync(Plugin.Patience, TestContext.Current.CancellationToken);
        _connections.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connection_ends_when_the_sandbox_is_killed_or_the_host_ends(bool kill)
    {
        var ended = new TaskCompletionSource();
        await using var server = new LoopbackServer(async socket =>
        {
            await LoopbackServer.SendAsync(socket, "x"u8.ToArray());
            await LoopbackServer.ReadToEndAsync(socket);
            ended.SetResult();
        });
        await using var host = Plugin.NewHost();
        await using var process = await host.StartAsync(
            Granted($"import signal, socket; c = socket.create_connection(('localhost', {server.Port}), 5); c.recv(1); print('ready', flush=True); signal.pause()", server.AsLocalhost),
            TestContext.Current.CancellationToken);
        (await Plugin.ReadLineAsync(process.Output)).ShouldBe("ready");

        if (kill) process.Kill();
        else await host.DisposeAsync();

        await ended.Task.WaitAsync(Plugin.Patience, TestContext.Current.CancellationToken);
        (await process.EndAsync()).Outcome.ShouldBe(SandboxOutcome.Stopped);
        _connections.ShouldHaveSingleItem().BytesReceived.ShouldBe(1);
    }

    [Fact]
    public async Task Destination_that_does_not_answer_holds_nobody_after_the_end()
    {
        // A queue of length 0 that is full: what comes after it is not answered.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(silent.LocalEndPoint!, TestContext.Current.CancellationToken);
        var port = ((IPEndPoint)silent.LocalEndPoint!).Port;
        await using var host = Plugin.NewHost();

        await host.OutputAsync(Granted($"import socket; socket.create_connection(('127.0.0.1', {port}), 5).sendall(b'x')", new SandboxEndpoint("127.0.0.1", port)));

        var connection = _connections.ShouldHaveSingleItem();
        (connection.Outcome, connection.BytesSent).ShouldBe((SandboxConnectionOutcome.TimedOut, 0));
    }

    [Fact]
    public async Task Destination_that_sends_and_never_reads_holds_nobody_after_the_end()
    {
        var stop = new TaskCompletionSource();
        await using var server = new LoopbackServer(_ => stop.Task);
        await using var host = Plugin.NewHost();

        await host.OutputAsync(Granted(
            $$"""
            import os, socket
            c = socket.create_connection(("localhost", {{server.Port}}))
            c.settimeout(1)
            try:
                while True: c.send(bytes(1 << 20))
            except TimeoutError: os._exit(0)
            """,
            server.AsLocalhost));

        _connections.ShouldHaveSingleItem().Outcome.ShouldBe(SandboxConnectionOutcome.Connected);
        stop.SetResult();
    }

    [Fact]
    public async Task Sandboxes_with_network_leave_no_descriptor_behind()
    {
        await using var server = LoopbackServer.Echo();
        using var runtime = OtherRuntime.Start(
            RuntimeScenario.Repeat,
            new RuntimeRequest($"import socket\nfor _ in range(20): c = socket.create_connection(('localhost', {server.Port}), 5); c.sendall(b'x'); c.recv(1)") { Network = [server.AsLocalhost] });

        var descriptors = (await runtime.ReplyAsync()).Descriptors;

        descriptors.Count.ShouldBe(RuntimeScenario.Repeats);
        descriptors[^1].ShouldBeLessThanOrEqualTo(descriptors[1]);
    }

    private SandboxSpec Granted(string code, params SandboxEndpoint[] network) =>
        Plugin.Python(code) with { Network = network, ConnectionEnded = _connections.Enqueue };

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
