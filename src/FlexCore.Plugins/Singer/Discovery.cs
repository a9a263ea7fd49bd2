using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Sync;
using FlexCore.Plugins.Yaml;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Singer;

/// <summary>Asks a tap for its catalog. The answer is kept by the plugin's digest, its config and its secrets.</summary>
internal sealed class Discovery(PluginLauncher launcher, string dataDirectory)
{
    private readonly KeyFile _key = new(Path.Combine(dataDirectory, "keys", "catalog.key"));
    private const int MaxCatalogBytes = 64 * 1024 * 1024;

    /// <summary>The tap's catalog with the selection written into it, or why there is none.</summary>
    public async Task<(JsonObject? Catalog, PluginRecord? Tap, StepFailure? Failure)> DiscoverAsync(StepScope scope, PluginUse tap, IReadOnlyList<string> select)
    {
        if (!tap.Manifest.CanDiscover || tap.Manifest.CatalogArgument == CatalogArgument.None)
            return (null, null, Failed(tap, "cannot discover (plugin.yaml: singer), and `select` needs its catalog"));

        var start = StartOf(scope, tap);
        var (catalog, record, failure) = Read(CachePath(start)) is { } kept ? (kept, null, null) : await FindAsync(scope, start);
        if (catalog is null) return (null, record, failure);
        return SingerCatalog.Select(catalog, select) is { } problem ? (null, record, Failed(tap, problem)) : (catalog, record, null);
    }

    /// <summary>The tap's catalog as it writes it now; what was kept of it before is replaced.</summary>
    public async Task<StepResult> AskAsync(DiscoveryStep step, StepScope scope)
    {
        if (!step.Tap.Manifest.CanDiscover) return new StepResult(StepTally.Nothing, Failed(step.Tap, "cannot discover (plugin.yaml: singer)"), null);
        var (catalog, record, failure) = await FindAsync(scope, StartOf(scope, step.Tap));
        if (catalog is not null && catalog["streams"] is not JsonArray) failure = Failed(step.Tap, "has a catalog without 'streams'");
        return new StepResult(StepTally.Nothing with { Plugins = record is null ? [] : [record] }, failure, failure is null ? catalog?.ToElement() : null);
    }

    private static PluginStart StartOf(StepScope scope, PluginUse tap) => scope.Start(tap, ["--discover"], scope.ConfigFile(tap));

    private async Task<(JsonObject? Catalog, PluginRecord? Tap, StepFailure? Failure)> FindAsync(StepScope scope, PluginStart start)
    {
        var (output, end) = await RunAsync(scope, start);
        if (end.Failure is not null) return (null, end.Record, end.Failure);
        if (Parse(output) is not { } discovered) return (null, end.Record, Failed(start.Use, "did not write a JSON object to standard output with --discover"));

        // One with a secret in it stays in memory: hidden, it would not be what the tap understands.
        if (!scope.Mask.Finds(discovered.ToElement())) Write(CachePath(start), output);
        return (discovered, end.Record, null);
    }

    private async Task<(byte[] Output, PluginEnd End)> RunAsync(StepScope scope, PluginStart start)
    {
        var tap = start.Use;
        await using var execution = await launcher.StartAsync(start, scope.Log(tap.Manifest.Name), scope.Stop.Gently);
        execution.Process.Input.Complete();
        await using var stopping = scope.Stop.Gently.Register(execution.Process.Kill);
        var output = await ReadAllAsync(execution.Process.Output);
        if (output is null) execution.Process.Kill();
        var end = await execution.EndAsync(_ => output is null ? Failed(tap, $"wrote a catalog larger than {MaxCatalogBytes >> 20} MiB") : null);
        return (output ?? [], end);
    }

    private static async Task<byte[]?> ReadAllAsync(SandboxOutput output)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await output.ReadAsync(buffer)) > 0)
        {
            if (all.Length + read > MaxCatalogBytes) return null;
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    /// <summary>It cannot be used.</summary>
    public static StepFailure Failed(PluginUse tap, string what) =>
        new(tap.Manifest.Name, PluginOutcome.Protocol, ErrorCodes.DiscoveryFailed.Id, $"{tap.Manifest.Name} {what}");

    private static JsonObject? Parse(byte[] json) => PluginJson.ParseObject(json) is { } catalog ? JsonObject.Create(catalog) : null;

    /// <summary>Named by all that the tap reads, under a key of this data directory: the name of a file must not let anybody try secrets out.</summary>
    private string CachePath(PluginStart start)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key.Read());
        hash.AppendData(Encoding.UTF8.GetBytes($"catalog\n{start.Use.Manifest.Digest}\n"));
        foreach (var file in start.Files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{file.Name}\n{file.Content.Length}\n"));
            hash.AppendData(file.Content.Span);
        }

        return Path.Combine(dataDirectory, "cache", "catalogs", $"{Convert.ToHexStringLower(hash.GetHashAndReset())}.json");
    }

    private static JsonObject? Read(string cache) => File.Exists(cache) ? Parse(File.ReadAllBytes(cache)) : null;

    private static void Write(string cache, byte[] catalog)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(cache)!);
        var fresh = $"{cache}.{Guid.CreateVersion7():n}";
        File.WriteAllBytes(fresh, catalog);
        File.Move(fresh, cache, overwrite: true);
    }
}
