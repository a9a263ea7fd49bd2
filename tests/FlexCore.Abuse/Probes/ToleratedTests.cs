using System.Net.Sockets;
using FlexCore.Abuse.Machine;
using FlexCore.Sandbox;

namespace FlexCore.Abuse.Probes;

/// <summary>What the sandbox lets pass by design, and what the runtime does about it.</summary>
public sealed class ToleratedTests(Attacker attacker) : IClassFixture<Attacker>
{
    /// <summary>It can be spoken to: who grants a folder grants what is in it. The runtime itself puts none there: see RuntimeTests.</summary>
    [Fact]
    public async Task Socket_in_a_granted_folder_is_granted_with_it()
    {
        Repository.RequireRoot();
        Socket? server = null;
        var attempt = await attacker.AttemptAsync("tolerated.connect_to_a_socket_in_a_granted_folder", prepare: playground =>
        {
            server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            server.Bind(new UnixDomainSocketEndPoint(Path.Combine(playground.Work, "socket")));
            server.Listen();
        });
        server.ShouldNotBeNull().Dispose();
        attempt.ReadResult().Allowed.ShouldBeTrue(attempt.ToString());
    }

    /// <summary>What is in it counts as memory: see HostileTests. Names and trees: see RuntimeTests.</summary>
    [Theory]
    [InlineData("tolerated.make_a_file_in_memory")]
    [InlineData("tolerated.make_names_that_steer_terminals")]
    public async Task What_language_runtimes_and_file_systems_allow_is_allowed(string attempt)
    {
        Repository.RequireRoot();
        (await attacker.AttemptAsync(attempt)).ReadResult().Allowed.ShouldBeTrue();
    }

    /// <summary>The first process in a sandbox belongs to the plugin as much as any other: what it reports is the plugin's claim, and its ruin ends nothing but the sandbox.</summary>
    [Fact]
    public async Task Program_that_overwrites_the_first_process_of_its_sandbox_ends_it_and_nothing_else()
    {
        Repository.RequireRoot();
        (await attacker.AttemptAsync("tolerated.open_the_memory_of_the_first_process")).ReadResult().Allowed.ShouldBeTrue();

        var result = await attacker.Host.RunAsync(Plugin.Python("""
            import re
            with open('/proc/1/maps') as maps: stack = next(line for line in maps if '[stack]' in line)
            start, end = (int(number, 16) for number in re.match('([0-9a-f]+)-([0-9a-f]+)', stack).groups())
            with open('/proc/1/mem', 'r+b', buffering=0) as memory:
                memory.seek(start)
                memory.write(b'\xff' * (end - start))
            """));

        result.Error.ShouldBeEmpty();
        result.Exit.Outcome.ShouldBeOneOf(SandboxOutcome.SandboxFailed, SandboxOutcome.Signaled);
        (await attacker.Host.RunAsync(Plugin.Shell("exit 3"))).Exit.ExitCode.ShouldBe(3);
    }
}
