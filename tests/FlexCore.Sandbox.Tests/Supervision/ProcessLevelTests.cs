using System.Globalization;
using FlexCore.Sandbox.Tests.Scenarios;

namespace FlexCore.Sandbox.Tests.Supervision;

/// <summary>Level <c>process</c>, which needs no namespaces and a runtime that is a normal user.</summary>
public sealed class ProcessLevelTests : IDisposable
{
    private const string Tries = """
        import errno, os
        def tries(what):
            try: print(what())
            except OSError as refused: print(errno.errorcode[refused.errno])

        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("flexcore-process-").FullName;

    public ProcessLevelTests()
    {
        Libc.SetMode(_folder, (UnixFileMode)0x1FF);
        foreach (var name in (string[])["read", "write"])
        {
            Directory.CreateDirectory(Path.Combine(_folder, name));
            Libc.SetMode(Path.Combine(_folder, name), (UnixFileMode)0x1FF);
        }

        File.WriteAllText(Path.Combine(_folder, "read", "file"), "granted");
        File.WriteAllText(Path.Combine(_folder, "secret"), "secret");
        if (Environment.IsPrivilegedProcess) Libc.ThrowIfFailed(Libc.Chown(Path.Combine(_folder, "secret"), OtherRuntime.NormalUser, OtherRuntime.NormalUser), "chown");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Program_has_its_input_its_files_its_folders_and_its_exit_code()
    {
        var reply = await RunAsync(new RuntimeRequest("""
            import os, sys
            run, home = os.environ['HOME'].replace('/home', '/run'), os.environ['HOME']
            open(home + '/a', 'w').write('x'), open(os.environ['TMPDIR'] + '/b', 'w').write('x')
            print(sys.stdin.read(), open(run + '/own/config').read(), oct(os.stat(run + '/own/config').st_mode), os.getcwd() == home, sorted(os.listdir('/proc/self/fd'))[:3])
            sys.exit(7)
            """) { Files = new Dictionary<string, string>(StringComparer.Ordinal) { ["own/config"] = "settings" } });

        reply.Error.ShouldBeEmpty();
        reply.Output.ShouldBe("input settings 0o100400 True ['0', '1', '2']\n");
        reply.Exit!.ExitCode.ShouldBe(7);
        Directory.Exists(reply.Folder).ShouldBeFalse("the private folder goes with the program");
    }

    [Fact]
    public async Task Program_uses_the_files_that_were_granted_and_no_others()
    {
        var reply = await RunAsync(new RuntimeRequest(Tries + $"""
            tries(lambda: open('{_folder}/read/file').read())
            tries(lambda: open('{_folder}/read/file', 'r+'))
            tries(lambda: open('{_folder}/read/new', 'w'))
            tries(lambda: open('{_folder}/secret').read())
            tries(lambda: os.listdir('{_folder}'))
            tries(lambda: os.symlink('{_folder}/secret', '{_folder}/write/link') or open('{_folder}/write/link').read())
            tries(lambda: os.link('{_folder}/secret', '{_folder}/write/hard'))
            tries(lambda: os.truncate('{_folder}/secret', 0))
            tries(lambda: open('{_folder}/write/new', 'w').write('x'))
            tries(lambda: os.rename('{_folder}/write/new', '{_folder}/write/newer'))
            tries(lambda: os.listdir(os.path.dirname(os.environ['HOME']) + '/..'))
            """) { Mounts = Granted });

        reply.Error.ShouldBeEmpty();
        reply.Output.ShouldBe("granted\nEACCES\nEACCES\nEACCES\nEACCES\nEACCES\nEXDEV\nEPERM\n1\nNone\nEACCES\n");
        Libc.GetOwner(Path.Combine(_folder, "write", "newer")).UserId.ShouldNotBe(0u);
        (await File.ReadAllTextAsync(Path.Combine(_folder, "secret"), TestContext.Current.CancellationToken)).ShouldBe("secret");
    }

    /// <summary>The file belongs to the program's user, who may do all this to it on the host.</summary>
    [Fact]
    public async Task Program_changes_nothing_about_a_file_that_it_may_only_read()
    {
        const string change = """
            import ctypes
            own = os.open(path, os.O_RDONLY)
            tries(lambda: os.chmod(path, 0o666))
            tries(lambda: os.fchmod(own, 0o666))
            tries(lambda: os.utime(path))
            tries(lambda: os.utime(own))
            tries(lambda: os.chown(path, os.getuid(), -1))
            tries(lambda: os.setxattr(path, 'user.x', b'x'))
            """;
        using var control = OtherRuntime.StartAsNormalUser(RuntimeScenario.Run, new RuntimeRequest(Tries + $"path = '{_folder}/write/own'\nopen(path, 'w').close()\n{change}") { Mounts = Granted });
        (await control.ReplyAsync()).Output.ShouldStartWith("None\nNone\nNone\nNone\nNone\n");

        var reply = await RunAsync(new RuntimeRequest(Tries + $"path = '{_folder}/write/own'\n{change}") { Mounts = [new SandboxMount($"{_folder}/write", $"{_folder}/write", Writable: false)] });

        reply.Output.ShouldBe("EPERM\nEPERM\nEPERM\nEPERM\nEPERM\nENOTSUP\n", reply.Error);
    }

    [Fact]
    public async Task Program_makes_no_socket_but_a_pair_that_stays_one()
    {
        var reply = await RunAsync(new RuntimeRequest(Tries + """
            import socket
            for family, kind in ((socket.AF_INET, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_DGRAM), (socket.AF_INET6, socket.SOCK_STREAM), (socket.AF_UNIX, socket.SOCK_STREAM), (socket.AF_UNIX, socket.SOCK_DGRAM)):
                tries(lambda: socket.socket(family, kind))
            tries(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
            one, other = socket.socketpair()
            one.send(b'through')
            tries(lambda: other.recv(7).decode())
            tries(lambda: one.connect('/run/x'))
            """));

        reply.Output.ShouldBe("EPERM\nEPERM\nEPERM\nEPERM\nEPERM\nEPERM\nthrough\nEPERM\n", reply.Error);
    }

    [Theory]
    [InlineData("hidden")]
    [InlineData("read-only inside")]
    [InlineData("moved")]
    [InlineData("network")]
    public async Task What_cannot_be_held_without_namespaces_is_refused(string what)
    {
        var (own, write, read) = (new SandboxMount(_folder, _folder, Writable: true), Path.Combine(_folder, "write"), Path.Combine(_folder, "read"));
        var (request, message) = what switch
        {
            "hidden" => (new RuntimeRequest("") { Mounts = [own], Hidden = [write] }, $"'{write}' cannot be hidden at level process: grant no folder that contains it"),
            "read-only inside" => (new RuntimeRequest("") { Mounts = [own, new SandboxMount(read, read, Writable: false)] }, $"'{read}' cannot be kept read-only at level process: grant no folder for writing that contains it, as '{_folder}' does"),
            "moved" => (new RuntimeRequest("") { Mounts = [new SandboxMount(read, "/data", Writable: false)] }, $"'{read}' cannot be seen as '/data' without a mount namespace"),
            _ => (new RuntimeRequest("") { Network = [SandboxEndpoint.Parse("localhost:9", out _)!] }, "A program at level process can be given no network."),
        };

        (await RunAsync(request)).Refused.ShouldBe(message);
    }

    [Fact]
    public async Task Daemon_that_ignores_signals_ends_with_its_program()
    {
        var reply = await RunAsync(new RuntimeRequest("""
            import os, signal, sys, time
            if os.fork() == 0:
                os.setsid()
                for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(number, signal.SIG_IGN)
                if os.fork() == 0:
                    print(os.getpid(), flush=True)
                    time.sleep(600)
                os._exit(0)
            time.sleep(0.2)
            sys.exit(3)
            """));

        reply.Exit!.ExitCode.ShouldBe(3);
        Plugin.IsRunning(int.Parse(reply.Output, CultureInfo.InvariantCulture)).ShouldBeFalse();
    }

    [Fact]
    public async Task Limits_of_memory_processes_and_temporary_files_end_the_program()
    {
        var memory = await RunAsync(new RuntimeRequest("""
            import os, signal
            for _ in range(8):
                if os.fork() == 0:
                    chunk = b'x' * (25 << 20)
                    signal.pause()
            signal.pause()
            """) { Limits = new SandboxLimits { MemoryBytes = 100 << 20 } });
        memory.Exit!.Outcome.ShouldBe(SandboxOutcome.OutOfMemory, memory.Error);

        var processes = await RunAsync(new RuntimeRequest("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass") { Limits = new SandboxLimits { Processes = 16 } });
        (processes.Exit!.Outcome == SandboxOutcome.LimitExceeded ? processes.Exit.Exceeded : null).ShouldBe(SandboxLimit.Processes, processes.Error);

        var tmp = await RunAsync(new RuntimeRequest("import os\nf = open(os.environ['TMPDIR'] + '/x', 'wb')\nwhile True: f.write(bytes(65536))") { Limits = new SandboxLimits { TmpBytes = 1 << 20 } });
        (tmp.Exit!.Outcome, tmp.Exit.Exceeded).ShouldBe((SandboxOutcome.LimitExceeded, SandboxLimit.Tmp), tmp.Error);
    }

    [Fact]
    public async Task Killed_runtime_leaves_no_process_and_the_next_one_removes_the_folder()
    {
        using var other = OtherRuntime.StartAsNormalUser(RuntimeScenario.Hang, new RuntimeRequest("""
            import os, signal, time
            for _ in range(3):
                if os.fork() == 0:
                    os.setsid()
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    time.sleep(600)
            print('ready', flush=True)
            time.sleep(600)
            """) { Level = SandboxLevel.Process });
        var reply = await other.ReplyAsync();
        using var tree = Limits.SandboxTree.OfSupervisor(reply.InitPid!.Value);
        var members = tree.Members();
        members.Count.ShouldBeGreaterThanOrEqualTo(4);

        await other.KillAsync();

        await Plugin.EventuallyAsync(() => members.Append(reply.InitPid.Value).All(pid => !Plugin.IsRunning(pid)), "all processes of the program are gone");
        Directory.Exists(reply.Folder).ShouldBeTrue();
        await RunAsync(new RuntimeRequest("pass"));
        Directory.Exists(reply.Folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Root_has_no_level_process_and_is_told_what_to_do()
    {
        Plugin.SkipUnlessRoot();
        await using var host = Plugin.NewHost();

        var error = await Should.ThrowAsync<SandboxUnavailableException>(async () => await host.ReserveAsync(SandboxLevel.Process, TestContext.Current.CancellationToken));

        error.Message.ShouldContain("normal user (the runtime is root)");
        error.Remedy.ShouldContain("docker run --user");
    }

    private IReadOnlyList<SandboxMount> Granted =>
        [new SandboxMount(Path.Combine(_folder, "read"), Path.Combine(_folder, "read"), Writable: false), new SandboxMount(Path.Combine(_folder, "write"), Path.Combine(_folder, "write"), Writable: true)];

    private static async Task<RuntimeReply> RunAsync(RuntimeRequest request)
    {
        using var runtime = OtherRuntime.StartAsNormalUser(RuntimeScenario.Run, request with { Level = SandboxLevel.Process });
        var reply = await runtime.ReplyAsync();
        reply.Report!.Features.ShouldAllBe(feature => feature.Present);
        return reply;
    }
}
