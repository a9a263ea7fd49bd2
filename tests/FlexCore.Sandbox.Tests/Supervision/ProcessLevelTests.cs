using FlexCore.Sandbox.Tests.Scenarios;

namespace FlexCore.Sandbox.Tests.Supervision;

/// <summary>Level <c>process</c>, which needs no namespaces and a runtime that is a normal user.</summary>
public sealed class ProcessLevelTests : IDisposable
{
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

    private static async Task<RuntimeReply> RunAsync(RuntimeRequest request)
    {
        using var runtime = OtherRuntime.StartAsNormalUser(RuntimeScenario.Run, request with { Level = SandboxLevel.Process });
        var reply = await runtime.ReplyAsync();
        reply.Report!.Features.ShouldAllBe(feature => feature.Present);
        return reply;
    }
}
