namespace FlexCore.EndToEnd.Nodes;

/// <summary>A <c>flexcore serve</c> with a data directory of its own.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private static readonly string[] GroupFolders = ["/sys/fs/cgroup/flexcore", "/sys/fs/cgroup/memory/flexcore", "/sys/fs/cgroup/pids/flexcore"];

    private readonly Command _command;

    private NodeProcess(string name, Command command)
    {
        Name = name;
        _command = command;
    }

    public string Name { get; }

    /// <summary>Whether it has sandboxes with a process in them. Their control groups bear its process id.</summary>
    public bool HasPlugins => Groups.Any(group => HasProcesses(Path.Combine(group, "cgroup.procs")));

    /// <summary>Whether control groups of it are left.</summary>
    public bool HasGroups => Groups.Any();

    /// <summary>How much memory it has, in MiB.</summary>
    public long MemoryMiB => long.Parse(File.ReadLines($"/proc/{_command.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;

    public string ErrorSoFar => _command.ErrorSoFar;

    private IEnumerable<string> Groups => GroupFolders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateDirectories(folder, $"*-{_command.Id}-*"));

    /// <param name="project">Whose pipelines it runs.</param>
    /// <param name="name">What it is called, and its data directory too.</param>
    /// <param name="environment">Beside that of the project.</param>
    /// <param name="under">A program that becomes the node, with its arguments.</param>
    /// <param name="more">Arguments of <c>serve</c>.</param>
    public static async Task<NodeProcess> StartAsync(TestProject project, string name, IReadOnlyDictionary<string, string?> environment, IReadOnlyList<string> under, params string[] more)
    {
        var variables = new Dictionary<string, string?>(project.Variables, StringComparer.Ordinal);
        foreach (var (key, value) in environment) variables[key] = value;
        string[] command = [.. under, Repository.Launcher, "serve", "--name", name, "--data", project.PathOf(name), .. more];
        var node = new NodeProcess(name, Command.Start(command[0], command[1..], project.Folder, variables));
        await Until.TrueAsync(() => node.ErrorSoFar.Contains("takes runs", StringComparison.Ordinal), $"node {name} has started: {node.ErrorSoFar}");
        return node;
    }

    public async Task KillAsync()
    {
        await _command.SignalAsync("KILL");
        await _command.EndAsync();
    }

    public Task PauseAsync() => _command.SignalAsync("STOP");

    public Task WakeAsync() => _command.SignalAsync("CONT");

    /// <summary>Asks it to end, and waits until it has.</summary>
    public async Task StopAsync()
    {
        await _command.SignalAsync("TERM");
        (await _command.EndAsync()).ShouldExitWith(0);
    }

    public ValueTask DisposeAsync() => _command.DisposeAsync();

    private static bool HasProcesses(string list)
    {
        try
        {
            return File.ReadAllText(list).Length > 0;
        }
        catch (IOException)
        {
            return false; // The group has gone meanwhile.
        }
    }
}
