using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FlexCore.Sandbox.Tests.Scenarios;

namespace FlexCore.Sandbox.Tests.Network;

/// <summary>What a plugin with network reaches, and what not.</summary>
public sealed class NetworkGrantTests
{
    private readonly ConcurrentQueue<SandboxConnection> _connections = new();

    [Fact]
    public async Task Granted_destination_is_reached_by_its_name_and_the_connection_is_reported_with_its_bytes()
    {
        await using var server = LoopbackServer.Echo();
        await using var host = Plugin.NewHost();
        var before = TimeProvider.System.GetUtcNow();

        var output = await host.OutputAsync(Granted(
            $$"""
            import socket
            with socket.create_connection(("localhost", {{server.Port}}), 5) as c:
                c.sendall(b"hello")
                print(c.recv(10).decode(), c.getpeername()[0])
            """,
            server.AsLocalhost));

        output.ShouldBe("hello 127.0.0.1\n");
        var connection = _connections.ShouldHaveSingleItem();
        connection.ShouldSatisfyAllConditions(
            () => connection.Destination.ShouldBe(server.AsLocalhost),
            () => connection.Outcome.ShouldBe(SandboxConnectionOutcome.Connected),
            () => connection.Address.ShouldBe(IPAddress.Loopback),
            () => connection.BytesSent.ShouldBe(5),
            () => connection.BytesReceived.ShouldBe(5),
            () => connection.BeganAt.ShouldBeInRange(before, TimeProvider.System.GetUtcNow()),
            () => connection.Duration.ShouldBeGreaterThan(TimeSpan.Zero));
    }

    [Fact]
    public async Task Nothing_but_what_was_granted_is_reached_or_resolved()
    {
        await using var granted = LoopbackServer.Echo();
        await using var other = LoopbackServer.Echo();
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Granted(
            $$"""
            import errno, socket
            def tries(address, port):
                try: socket.create_connection((address, port), 5).close(); return "connected"
                except socket.gaierror as e: return "no such name"
                except OSError as e: return errno.errorcode.get(e.errno, str(e))
            def udp(address, port):
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.settimeout(5)
                try: s.connect((address, port)); s.send(b"x"); s.recv(1); return "answered"
                except OSError as e: return errno.errorcode.get(e.errno, str(e))
            print(tries("api.localhost", {{granted.Port}}))
            print(tries("api.localhost", {{other.Port}}))
            print(tries("127.0.0.1", {{granted.Port}}), tries("127.0.0.1", {{other.Port}}), tries("localhost", {{other.Port}}), tries("::1", {{other.Port}}))
            print(tries("10.0.0.1", 80), tries("169.254.169.254", 80), tries("192.0.2.1", 443), tries("2001:db8::1", 443))
            print(tries("other.localhost", {{granted.Port}}), tries("example.com", 443), tries("{{Dns.GetHostName()}}", 22))
            print(udp("127.0.0.1", 53), udp("192.0.2.1", 53))
            """,
            new SandboxEndpoint("api.localhost", granted.Port)));

        output.ShouldBe("""
            connected
            ECONNREFUSED
            ECONNREFUSED ECONNREFUSED ECONNREFUSED ECONNREFUSED
            ENETUNREACH ENETUNREACH ENETUNREACH ENETUNREACH
            no such name no such name no such name
            ECONNREFUSED ENETUNREACH

            """);
        _connections.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Names_may_share_a_port_and_one_name_may_have_several()
    {
        await using var one = new LoopbackServer(socket => LoopbackServer.SendAsync(socket, "one"u8.ToArray()));
        await using var two = new LoopbackServer(socket => LoopbackServer.SendAsync(socket, "two"u8.ToArray()));
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Granted(
            $$"""
            import socket
            for name, port in (("a.localhost", {{one.Port}}), ("b.localhost", {{two.Port}}), ("b.localhost", {{one.Port}}), ("127.0.0.1", {{two.Port}})):
                print(socket.create_connection((name, port), 5).recv(10).decode())
            print(len({socket.gethostbyname(name) for name in ("a.localhost", "b.localhost", "localhost")}))
            try: socket.create_connection(("a.localhost", 1), 5).recv(1)
            except ConnectionResetError: print("reset")
            """,
            new("a.localhost", one.Port), new("b.localhost", two.Port), new("b.localhost", one.Port), new("127.0.0.1", two.Port), new("a.localhost", 1)));

        output.ShouldBe("one\ntwo\none\ntwo\n3\nreset\n");
    }

    [Fact]
    public async Task Tls_passes_untouched_and_the_client_verifies_the_name_of_the_host()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=api.localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("api.localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddYears(-1));
        await using var server = new LoopbackServer(async socket =>
        {
            await using var tls = new SslStream(new NetworkStream(socket));
            try
            {
                await tls.AuthenticateAsServerAsync(certificate);
                await tls.WriteAsync(Encoding.ASCII.GetBytes($"for {tls.TargetHostName}"));
            }
            catch (AuthenticationException)
            {
                // The client did not like the certificate.
            }
        });
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Granted(
            $$"""
            import socket, ssl
            trust = ssl.create_default_context(cadata='''{{certificate.ExportCertificatePem()}}''')
            for name in ("api.localhost", "other.localhost"):
                try: print(trust.wrap_socket(socket.create_connection((name, {{server.Port}}), 5), server_hostname=name).recv(100).decode())
                except ssl.SSLCertVerificationError: print("another's certificate")
            """,
            new("api.localhost", server.Port), new("other.localhost", server.Port)));

        output.ShouldBe("for api.localhost\nanother's certificate\n");
    }

    [Fact]
    public async Task Destination_that_is_reached_by_ipv6_alone_is_reached()
    {
        await using var server = LoopbackServer.Echo(IPAddress.IPv6Loopback);
        await using var host = Plugin.NewHost();

        await host.OutputAsync(Granted($"import socket; c = socket.create_connection(('localhost', {server.Port}), 5); c.send(b'x'); c.recv(1)", server.AsLocalhost));

        _connections.ShouldHaveSingleItem().Address.ShouldBe(IPAddress.IPv6Loopback);
    }

    [Fact]
    public async Task Company_internal_name_and_literal_address_are_reached_although_they_are_private()
    {
        Plugin.SkipUnlessRoot();

        // A network of its own, so that nothing is sent on one of the machine's.
        using var runtime = OtherRuntime.StartInNetworkOfItsOwn(
            RuntimeScenario.PrivateAddress,
            new RuntimeRequest($$"""
                import errno, socket
                for host in ("db.internal", "{{RuntimeScenario.Address}}"):
                    print(socket.create_connection((host, {{RuntimeScenario.Port}}), 5).recv(10).decode(), "at", host)
                try: socket.create_connection(("{{RuntimeScenario.Address}}", 1), 5)
                except OSError as e: print(errno.errorcode[e.errno])
                """)
            {
                Network = [new("db.internal", RuntimeScenario.Port), new(RuntimeScenario.Address, RuntimeScenario.Port)],
            });

        var reply = await runtime.ReplyAsync();

        reply.Error.ShouldBeEmpty();
        reply.Output.ShouldBe($"served at db.internal\nserved at {RuntimeScenario.Address}\nECONNREFUSED\n");
    }

    [Fact]
    public async Task Name_that_stands_for_this_machine_or_a_metadata_service_is_refused_before_anything_starts()
    {
        foreach (var address in (string[])["127.0.0.1", "::1", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0", "fe80::1", "64:ff9b::7f00:1"])
        {
            await using var host = Resolving(_ => [IPAddress.Parse(address)]);

            var error = await Should.ThrowAsync<SandboxNetworkException>(async () => await host.StartAsync(Granted("print('ran')", new SandboxEndpoint("api.example.test", 443))));

            error.Message.ShouldStartWith($"api.example.test stands for {address}");
            error.Remedy.ShouldContain("grant the address itself");
        }
    }

    [Fact]
    public async Task Name_that_changes_from_public_to_private_while_the_program_runs_is_refused_and_reported()
    {
        var rebound = false;
        await using var host = Resolving(_ => [IPAddress.Parse(rebound ? "10.0.0.1" : "192.0.2.1")], new ClockThatJumps());
        await using var process = await host.StartAsync(
            Granted(
                """
                import socket, sys
                sys.stdin.read()
                try: socket.create_connection(("api.example.test", 443), 5).recv(1); print("connected")
                except ConnectionResetError: print("reset")
                """,
                new SandboxEndpoint("api.example.test", 443)),
            TestContext.Current.CancellationToken);

        rebound = true;
        process.Input.Complete();

        (await Plugin.ReadToEndAsync(process.Output)).ShouldBe("reset\n");
        await process.EndAsync();
        var connection = _connections.ShouldHaveSingleItem();
        connection.Outcome.ShouldBe(SandboxConnectionOutcome.AddressRefused);
        connection.Address.ShouldBe(IPAddress.Parse("10.0.0.1"));
    }

    [Fact]
    public async Task Name_that_cannot_be_resolved_stops_no_start_but_each_connection()
    {
        await using var host = Resolving(_ => throw new SocketException((int)SocketError.HostNotFound));

        var output = await host.OutputAsync(Granted(
            """
            import socket
            try: socket.create_connection(("api.example.test", 443), 5).recv(1)
            except ConnectionResetError: print("reset")
            """,
            new SandboxEndpoint("api.example.test", 443)));

        output.ShouldBe("reset\n");
        _connections.ShouldHaveSingleItem().Outcome.ShouldBe(SandboxConnectionOutcome.NotResolved);
    }

    [Fact]
    public async Task Normal_user_gives_the_same_network()
    {
        await using var server = LoopbackServer.Echo();
        using var runtime = OtherRuntime.StartAsNormalUser(
            RuntimeScenario.Run,
            new RuntimeRequest($$"""
                import errno, socket
                c = socket.create_connection(("api.localhost", {{server.Port}}), 5)
                c.sendall(b"hello")
                print(c.recv(10).decode())
                for place in (("127.0.0.1", {{server.Port}}), ("10.0.0.1", 81), ("10.0.0.2", 80)):
                    try: socket.create_connection(place, 5).recv(1)
                    except OSError as e: print(errno.errorcode[e.errno])
                """)
            {
                Network = [new SandboxEndpoint("api.localhost", server.Port), new SandboxEndpoint("127.0.0.1", 443), new SandboxEndpoint("10.0.0.1", 80)],
            });

        var reply = await runtime.ReplyAsync();

        reply.Error.ShouldBeEmpty();
        reply.Output.ShouldBe("hello\nECONNREFUSED\nECONNREFUSED\nENETUNREACH\n");
    }

    [Theory]
    [InlineData("localhost", 0)]
    [InlineData("localhost", 65536)]
    [InlineData("API.example.test", 443)]
    [InlineData("*.example.test", 443)]
    [InlineData("", 443)]
    public async Task Specification_with_a_destination_that_is_none_is_refused(string name, int port)
    {
        await using var host = Plugin.NewHost();

        await Should.ThrowAsync<ArgumentException>(async () => await host.StartAsync(Granted("pass", new SandboxEndpoint(name, port))));
    }

    private SandboxSpec Granted(string code, params SandboxEndpoint[] network) =>
        Plugin.Python(code) with { Network = network, ConnectionEnded = _connections.Enqueue };

    private static SandboxHost Resolving(Func<string, IPAddress[]> resolve, TimeProvider? time = null) => new(
        new SandboxHostOptions
        {
            Resolve = async (name, _) =>
            {
                await Task.Yield();
                return resolve(name);
            },
        },
        time ?? TimeProvider.System);

    /// <summary>Each look at it finds it two minutes on: nothing that was looked up stays fresh.</summary>
    private sealed class ClockThatJumps : TimeProvider
    {
        private long _minutes;

        public override long GetTimestamp() => Interlocked.Add(ref _minutes, 2) * 60 * TimestampFrequency;
    }
}
