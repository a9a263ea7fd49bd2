using System.Diagnostics;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Secrets;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Execution;

/// <summary>Starts plugins in their sandboxes, and puts each start and end on record.</summary>
internal sealed class PluginLauncher(SandboxHost sandbox, IEventLog log, string closed, string projectRoot)
{
    /// <summary>In a sandbox, where the plugins of one step share a folder; without one they see it where it is.</summary>
    private const string WorkFolder = "/run/flexcore/work";

    private readonly Definitions _definitions = new(projectRoot);

    /// <summary>Starts one plugin.</summary>
    /// <param name="start">What and with what.</param>
    /// <param name="pluginLog">Where its stderr goes.</param>
    /// <param name="cancellationToken">Stops the start, not the plugin.</param>
    public async Task<PluginExecution> StartAsync(PluginStart start, PluginLog pluginLog, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var span = PluginTelemetry.Begin(start.Use.Manifest, start.Request.Context);
        var (request, use) = (start.Request, start.Use);
        foreach (var folder in use.Grant.Write) CreateFolder(folder);

        var executionId = Guid.CreateVersion7();
        var level = SandboxIsolation.Translate(request.Isolation.Level);
        var limits = (await sandbox.ProbeAsync(level, cancellationToken)).Limits;
        var connections = new ConnectionRecord(log, EventStreams.Execution(executionId), request.Context, problem => pluginLog.Note(LogLineLevel.Warning, problem));
        var place = await ReserveAsync(level, cancellationToken);
        var spec = Describe(start, place) with { ConnectionEnded = connections.Add };
        var process = start.Held?.IsHeldFor(spec) is true ? start.Held : await StartAsync(spec, () => sandbox.StartAsync(spec, cancellationToken));
        var manifest = use.Manifest;
        var started = new PluginExecutionStarted(
            manifest.Name, manifest.Version, manifest.Digest, request.RunId, request.Step.Id, request.Attempt, request.Isolation.Name,
            SandboxIsolation.NameOf(limits), process.HostUid, use.Grant, manifest.Limits, GrantHash.Compute(use.Grant, manifest.Limits, request.Isolation.Name));
        var mounted = StepSecrets.Mounted(use, manifest.Kind == PluginKind.Task ? "stdin" : $"{place.RunFolder}/{PluginFile.Config}", place.RunFolder);
        long version;
        try
        {
            version = await log.AppendAsync(EventStreams.Execution(executionId), 0, [started, .. mounted], request.Context, CancellationToken.None);
        }
        catch
        {
            process.Kill();
            await process.DisposeAsync();
            throw;
        }

        process.Release();
        PluginTelemetry.Started(Stopwatch.GetElapsedTime(began));
        return new PluginExecution(executionId, version, started, manifest, process, pluginLog, connections, log, request.Context, span);
    }

    /// <summary>
    /// Whether the sandbox of a plugin can be set up before its time. Not of one that gets secrets, which would lie there meanwhile, or a network; nor is a folder made for it
    /// early.
    /// </summary>
    public static bool CanHold(PluginUse use, Isolation isolation) =>
        isolation.Level == IsolationLevel.Sandbox && !use.Secrets.Any() && use.Grant.Net.Count == 0 && use.Grant.Read.Concat(use.Grant.Write).All(Path.Exists);

    /// <summary>Sets it up, for <see cref="PluginStart.Held"/>.</summary>
    public Task<SandboxProcess> HoldAsync(PluginStart start)
    {
        var spec = Describe(start, SandboxPlace.Sandbox);
        return StartAsync(spec, () => sandbox.HoldAsync(spec));
    }

    private static async Task<SandboxProcess> StartAsync(SandboxSpec spec, Func<ValueTask<SandboxProcess>> start)
    {
        try
        {
            return await start();
        }
        catch (SandboxUnavailableException e)
        {
            throw Unavailable(e);
        }
        catch (SandboxMountException e)
        {
            throw new FlexCoreException(new Error(ErrorCodes.GrantUnusable, $"{spec.Name} cannot be given what it was granted: {e.Message}"), e);
        }
        catch (SandboxNetworkException e)
        {
            throw new FlexCoreException(new Error(ErrorCodes.GrantUnusable, $"{spec.Name} cannot be given what it was granted: {e.Message}", SpecificRemedy: e.Remedy), e);
        }
    }

    private async Task<SandboxPlace> ReserveAsync(SandboxLevel level, CancellationToken cancellationToken)
    {
        try
        {
            return await sandbox.ReserveAsync(level, cancellationToken);
        }
        catch (SandboxUnavailableException e)
        {
            throw Unavailable(e);
        }
    }

    private static FlexCoreException Unavailable(SandboxUnavailableException e) => new(new Error(ErrorCodes.IsolationUnavailable, e.Message, SpecificRemedy: e.Remedy), e);

    private SandboxSpec Describe(PluginStart start, SandboxPlace place)
    {
        var manifest = start.Use.Manifest;
        var workFolder = place.Level == SandboxLevel.Sandbox ? WorkFolder : start.WorkFolder;
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["FLEXCORE_RUN_ID"] = start.Request.RunId.ToString(),
            ["FLEXCORE_WORK"] = workFolder,
            ["FLEXCORE_OUTPUT"] = $"{workFolder}/output.json",
            ["FLEXCORE_ARTIFACTS"] = $"{workFolder}/{ArtifactFolder.Name}",
            ["FLEXCORE_SECRETS"] = $"{place.RunFolder}/{PluginFile.Secrets}",
            ["TRACEPARENT"] = start.Request.Context.TraceParent,
        };
        foreach (var name in start.Use.Grant.Env)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value) environment[name] = value;
        }

        if (manifest.DotnetRoot is { } dotnet) environment["DOTNET_ROOT"] = dotnet;

        return new SandboxSpec
        {
            Name = manifest.Name,
            Place = place,
            Command = [.. manifest.Command, .. start.Files.Where(file => file.Option is not null).SelectMany(file => (string[])[file.Option!, $"{place.RunFolder}/{file.Name}"]), .. start.Arguments],
            WorkingDirectory = manifest.Folder,
            Environment = environment,
            Mounts =
            [
                .. start.Use.Grant.Read.Select(path => new SandboxMount(path, path, Writable: false)),
                .. start.Use.Grant.Write.Select(path => new SandboxMount(path, path, Writable: true)),
                .. _definitions.Protect(start.Request.Pipeline.File, start.Use.Grant).Select(path => new SandboxMount(path, path, Writable: false)),
                new SandboxMount(manifest.Folder, manifest.Folder, Writable: false),
                .. manifest.DotnetRoot is { } runtime ? [new SandboxMount(runtime, runtime, Writable: false)] : Array.Empty<SandboxMount>(),
                new SandboxMount(start.WorkFolder, workFolder, Writable: true),
            ],
            Files = [.. start.Files.Select(file => new SandboxFile($"{place.RunFolder}/{file.Name}", file.Content))],
            HiddenPaths = [closed, _definitions.DataDirectory],
            Network = [.. start.Use.Grant.Net.Select(destination => SandboxEndpoint.Parse(destination, out _)!)],
            Limits = Describe(manifest.Limits, start.WorkFolder),
        };
    }

    /// <summary>Limits in the sandbox's words.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="folder">The folder that must not outgrow its limit.</param>
    public static SandboxLimits Describe(PluginLimits limits, string folder) => new()
    {
        MemoryBytes = limits.MemoryBytes,
        Processes = limits.Processes,
        OpenFiles = limits.OpenFiles,
        TmpBytes = limits.TmpBytes,
        Cpus = limits.Cpus,
        OutputBytes = limits.StdoutBytes,
        ErrorBytes = limits.StderrBytes,
        Disk = limits.DiskBytes is { } bytes ? new SandboxDiskLimit(folder, bytes) : null,
        Time = limits.Time,
        Idle = limits.Idle,
        Grace = limits.Grace,
    };

    private static void CreateFolder(string folder)
    {
        // Looked at again: a plugin of an earlier step may have put a link there since the pipeline was checked.
        if (HostPath.FindLink(folder) is { } link)
            throw new FlexCoreException(new Error(ErrorCodes.GrantUnusable, $"the folder {folder} goes through the symbolic link {link}"));
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.StoreUnavailable, $"the folder {folder} cannot be created: {e.Message}", SpecificRemedy: "Make its parent writable, or grant another folder."), e);
        }
    }
}

/// <summary>One plugin to start.</summary>
/// <param name="Request">The attempt it works for.</param>
/// <param name="Use">The plugin at its place.</param>
/// <param name="Arguments">Added to its command, after its files; never a secret.</param>
/// <param name="Files">Files that only it can read, secrets among them.</param>
/// <param name="WorkFolder">On the host: the folder that the plugins of the step share.</param>
internal sealed record PluginStart(
    StepRequest Request, PluginUse Use, IReadOnlyList<string> Arguments, IReadOnlyList<PluginFile> Files, string WorkFolder)
{
    /// <summary>A sandbox that was set up for it and is held; whoever has put it here ends it when it was not fit any more.</summary>
    public SandboxProcess? Held { get; init; }
}
