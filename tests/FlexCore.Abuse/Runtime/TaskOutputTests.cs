using System.Text;
using FlexCore.Plugins.Tasks;

namespace FlexCore.Abuse.Runtime;

/// <summary>A task may leave anything as its output. Whoever would simply read the file shows what each trap does.</summary>
public sealed class TaskOutputTests : IDisposable
{
    private const string Secret = """{"secret": "of the host"}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("flexcore-abuse-").FullName;

    private string Output => Path.Combine(_folder, "output.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Link_to_a_file_of_the_host_is_not_followed()
    {
        File.CreateSymbolicLink(Output, WriteSecret());
        File.ReadAllText(Output).ShouldBe(Secret);

        TaskOutput.Read(Output).ShouldBe((null, "is not a file"));
    }

    [Fact]
    public async Task Pipe_makes_nobody_wait()
    {
        (await Command.RunAsync("/usr/bin/mkfifo", [Output], "/")).ShouldExitWith(0);

        TaskOutput.Read(Output).ShouldBe((null, "is not a file"));

        var naive = Task.Run(() => File.ReadAllText(Output));
        naive.IsCompleted.ShouldBeFalse();
        await File.WriteAllTextAsync(Output, "somebody at last", TestContext.Current.CancellationToken); // Opens only when the other end waits.
        (await naive).ShouldBe("somebody at last");
    }

    [Fact]
    public void Socket_folder_and_device_are_no_files()
    {
        using (var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified))
        {
            socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(Output));
            TaskOutput.Read(Output).ShouldBe((null, "is not a file"));
        }

        TaskOutput.Read(_folder).ShouldBe((null, "is not a file"));
        TaskOutput.Read("/dev/zero").ShouldBe((null, "is not a file"));
    }

    [Fact]
    public void File_that_claims_a_tebibyte_is_not_read()
    {
        using (var file = File.Create(Output)) file.SetLength(1L << 40);

        TaskOutput.Read(Output).ShouldBe((null, "is larger than 1 MiB"));
    }

    [Fact]
    public void Nothing_and_an_empty_file_are_no_output()
    {
        TaskOutput.Read(Output).ShouldBe((null, null));
        File.Create(Output).Dispose();
        TaskOutput.Read(Output).ShouldBe((null, null));
    }

    /// <summary>At no level of isolation: where the plugin's processes end with it, and where they should not.</summary>
    [Fact]
    public async Task File_that_is_swapped_cut_off_and_extended_under_the_readers_hands_never_becomes_anything_else()
    {
        var secret = WriteSecret();
        using var stop = new CancellationTokenSource();
        var attacking = Task.Run(() => Swap(secret, stop.Token), TestContext.Current.CancellationToken);
        string?[] problems = [null, "is not a file", "is not a JSON object", "is larger than 1 MiB"];

        var seen = new HashSet<string?>(StringComparer.Ordinal);
        for (var reads = 0; reads < 20_000 || seen.Count < 3; reads++)
        {
            var (output, problem) = TaskOutput.Read(Output);
            problems.ShouldContain(problem);
            if (output is { } json) json.GetRawText().ShouldNotContain("secret");
            seen.Add(problem);
        }

        await stop.CancelAsync();
        await attacking;
    }

    private void Swap(string secret, CancellationToken stop)
    {
        var fresh = Path.Combine(_folder, "fresh");
        while (!stop.IsCancellationRequested)
        {
            Replace(() => File.CreateSymbolicLink(fresh, secret));
            Replace(() => File.WriteAllText(fresh, """{"mine": 1}"""));
            using (var file = File.OpenWrite(Output))
            {
                file.SetLength(3);
                file.SetLength(1 << 19);
                file.SetLength(0);
                file.SetLength(2 << 20);
            }
        }

        void Replace(Action make)
        {
            make();
            File.Move(fresh, Output, overwrite: true);
        }
    }

    private string WriteSecret()
    {
        var path = Path.Combine(_folder, "secret");
        File.WriteAllText(path, Secret, Encoding.UTF8);
        return path;
    }
}
