using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Execution;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Manifests;

/// <summary>
/// Runs the install of a plugin: each of its command lines in a sandbox that sees the plugin's own new folder, the one place that it may write, and reaches what it was granted.
/// A stranger wrote it and strangers wrote what it fetches, so nothing that it leaves is believed either.
/// </summary>
/// <param name="sandbox">Where.</param>
/// <param name="closed">Folders of the host that no plugin may see.</param>
internal sealed class PluginInstaller(SandboxHost sandbox, IReadOnlyList<string> closed)
{
    private const int LastLines = 12;
    private const int MaxLineBytes = 4096;

    // Tools that note a time in what they make note this one, and Python notes none: so machines that install the same come to the same files.
    private const string SourceDate = "315532800";

    /// <summary>Runs it.</summary>
    /// <param name="plugin">The plugin as it is to be registered.</param>
    /// <param name="folder">Its new folder, where it will stay.</param>
    /// <param name="terms">Under what.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was done, or why it failed.</returns>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async Task<Result<InstallRecord>> RunAsync(PluginManifest plugin, string folder, InstallTerms terms, CancellationToken cancellationToken)
    {
        var install = plugin.Install!;
        var began = Stopwatch.GetTimestamp();
        var manifest = HashOfManifest(folder);
        foreach (var line in install.Run)
        {
            terms.Say($"{plugin.Name}: $ {Printable.Escape(line)}");
            if (await RunAsync(plugin, line, folder, terms, cancellationToken) is { } failure) return failure;
        }

        // What it asks for, and what an operator has read, must be what will hold.
        if (HashOfManifest(folder) is not { } after || !after.SequenceEqual(manifest!)) return Failed(plugin, $"it has changed {ManifestReader.FileName}", []);
        if (plugin.ConfigSchema is { } schema && (ManifestReader.Read(folder, plugin.Name, PluginStage.Source) is not { IsSuccess: true, Value.ConfigSchema: { } left } || left.GetRawText() != schema.GetRawText()))
            return Failed(plugin, "it has changed the schema of its config", []);
        return new InstallRecord(plugin.Digest, install.Run, install.Net, terms.Isolation.Name, (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }

    private async Task<Error?> RunAsync(PluginManifest plugin, string line, string folder, InstallTerms terms, CancellationToken cancellationToken)
    {
        var last = new Queue<string>();
        try
        {
            var place = await sandbox.ReserveAsync(SandboxIsolation.Translate(terms.Isolation.Level), cancellationToken);
            await using var process = await sandbox.StartAsync(Describe(plugin, line, folder, terms, place, Say), cancellationToken);
            await using var stopping = cancellationToken.Register(process.Kill);
            process.Input.Complete();
            await Task.WhenAll(PumpAsync(process.Output, Say), PumpAsync(process.Error, Say));
            var exit = await process.Completion;
            cancellationToken.ThrowIfCancellationRequested();
            return Judge(exit, terms.Limits) is { } why ? Failed(plugin, $"'{Printable.Escape(line)}' {why}", [.. last]) : null;
        }
        catch (SandboxUnavailableException e)
        {
            return new Error(ErrorCodes.IsolationUnavailable, e.Message, SpecificRemedy: e.Remedy);
        }
        catch (SandboxNetworkException e)
        {
            return new Error(ErrorCodes.GrantUnusable, $"the install of {plugin.Name} cannot be given what it was granted: {e.Message}", SpecificRemedy: e.Remedy);
        }
        catch (SandboxMountException e)
        {
            return new Error(ErrorCodes.GrantUnusable, $"the install of {plugin.Name} cannot be given its folder: {e.Message}");
        }

        void Say(string text)
        {
            lock (last)
            {
                if (last.Count == LastLines) last.Dequeue();
                last.Enqueue(text);
            }

            terms.Say($"{plugin.Name}: {text}");
        }
    }

    private SandboxSpec Describe(PluginManifest plugin, string line, string folder, InstallTerms terms, SandboxPlace place, Action<string> say) => new()
    {
        Name = plugin.Name,
        Place = place,
        Command = ["sh", "-c", line],
        WorkingDirectory = folder,
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["SOURCE_DATE_EPOCH"] = SourceDate },
        Mounts = [new SandboxMount(folder, folder, Writable: true)],
        HiddenPaths = closed,
        Network = [.. plugin.Install!.Net.Select(destination => SandboxEndpoint.Parse(destination, out _)!)],
        ConnectionEnded = connection =>
        {
            if (ConnectionRecord.Problem(ConnectionRecord.Describe(connection)) is { } problem) say($"network: {connection.Destination} {problem}");
        },
        Limits = PluginLauncher.Describe(terms.Limits, folder),
    };

    private static Task PumpAsync(SandboxOutput output, Action<string> say)
    {
        return PipeLines.ReadAsync(output, MaxLineBytes, Line, Line);

        void Line(ReadOnlyMemory<byte> bytes)
        {
            if (Encoding.UTF8.GetString(bytes.Span).TrimEnd() is { Length: > 0 } text) say(Printable.Escape(text));
        }
    }

    /// <summary>Null where it ended well.</summary>
    private static string? Judge(SandboxExit exit, PluginLimits limits) => exit switch
    {
        { Outcome: SandboxOutcome.Exited, ExitCode: 0 } => null,
        { Outcome: SandboxOutcome.Exited } => $"ended with exit code {exit.ExitCode}",
        { Outcome: SandboxOutcome.Signaled } => $"was ended by signal {exit.Signal} (or ended with exit code {128 + exit.Signal})",
        { Outcome: SandboxOutcome.OutOfMemory } => $"needed more memory than its limit of {Mebibytes(limits.MemoryBytes)}",
        { Exceeded: SandboxLimit.Time } => $"took longer than its limit of {limits.Time!.Value.TotalSeconds:0.###} s",
        { Exceeded: SandboxLimit.Idle } => $"did nothing for {limits.Idle!.Value.TotalSeconds:0.###} s, which is its limit",
        { Exceeded: SandboxLimit.Disk } => $"filled its folder beyond its limit of {Mebibytes(limits.DiskBytes!.Value)}",
        { Exceeded: SandboxLimit.Output } => $"wrote more on stdout than its limit of {Mebibytes(limits.StdoutBytes!.Value)}",
        { Exceeded: SandboxLimit.Error } => $"wrote more on stderr than its limit of {Mebibytes(limits.StderrBytes)}",
        { Exceeded: SandboxLimit.Processes } => $"had more processes and threads than its limit of {limits.Processes}",
        { Exceeded: SandboxLimit.Tmp } => $"filled its temporary folder and its home beyond their limit of {Mebibytes(2 * limits.TmpBytes)}",
        _ => "could not be run in its sandbox",
    };

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):0.#} MiB");

    private static Error Failed(PluginManifest plugin, string what, IReadOnlyList<string> lastLines) => new(
        ErrorCodes.PluginInstallFailed, $"plugin {plugin.Name} {plugin.Version} could not be installed: {what}",
        SpecificRemedy: lastLines.Count == 0 ? null : $"It said last:\n{string.Join('\n', lastLines.Select(line => "  " + line))}");

    /// <summary>Null where it is no file any more.</summary>
    private static byte[]? HashOfManifest(string folder)
    {
        try
        {
            using var file = UntrustedFiles.OpenRead(Path.Combine(folder, ManifestReader.FileName));
            return file is null ? null : SHA256.HashData(file);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
