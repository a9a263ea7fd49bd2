using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Catalog;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Manifests;
using FlexCore.Plugins.Pipelines;
using FlexCore.Plugins.Tests.Schemas;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Tests;

/// <summary>A project in a temporary folder: a tap with a secret field, a target, a task, and whatever a test adds.</summary>
internal sealed class Project : IDisposable
{
    public const string Tap = """
        name: tap-csv
        version: 1.0.0
        kind: tap
        protocol: singer
        command: [sh]
        config: config.schema.json
        capabilities: { read: ["${config.path}"], env: [TZ] }
        """;

    public const string Target = """
        name: target-jsonl
        version: 1.0.0
        kind: target
        protocol: singer
        command: [sh]
        capabilities: { write: ["${config.path}"] }
        """;

    public const string Task = """
        name: report
        version: 1.0.0
        kind: task
        protocol: task
        command: [sh]
        capabilities: { read: ["${input.path}"] }
        """;

    public Project()
    {
        Write("plugins/tap-csv/plugin.yaml", Tap);
        Write("plugins/tap-csv/config.schema.json", """{"properties":{"password":{"writeOnly":true},"path":{"type":"string"}}}""");
        Write("plugins/target-jsonl/plugin.yaml", Target);
        Write("plugins/report/plugin.yaml", Task);
        Write("in.csv", "id\n1\n");
    }

    /// <summary>The secrets that there are. Where they are kept is its own affair, and tested with it.</summary>
    public KnownSecrets Secrets { get; } = new();

    /// <summary>The most that plugins may use up.</summary>
    public WrittenLimits Caps { get; set; }

    /// <summary>For tests in which nothing is installed: a sandbox takes nothing of the machine before its first use.</summary>
    public static PluginInstaller NoInstaller { get; } = new(new SandboxHost(new SandboxHostOptions(), TimeProvider.System), []);

    /// <summary>All other settings.</summary>
    public ProjectSettings Settings { get; set; } = ProjectSettings.Usual;

    /// <summary>What connections of the catalog say.</summary>
    public Dictionary<string, string> Connections { get; } = new(StringComparer.Ordinal);

    /// <summary>What is on record of plugins. That the log gives it is tested with the log.</summary>
    public Dictionary<string, Plugin> Known { get; } = new(StringComparer.Ordinal);

    public string Folder { get; } = Directory.CreateTempSubdirectory("flexcore-project-").FullName;

    public string PathOf(string relative) => Path.Combine(Folder, relative);

    public string Write(string relative, string content)
    {
        var path = PathOf(relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public async Task<Result<PipelineDefinition>> ReadAsync(string yaml, bool grantAll = false, params (string Name, string Value)[] set)
    {
        var read = await Reader.ReadAsync(
            new PipelineRequest(Write("pipeline.yaml", yaml), set.ToDictionary(item => item.Name, item => item.Value, StringComparer.Ordinal), grantAll),
            TestContext.Current.CancellationToken);
        return PublishedSchema.Pipeline.ShouldAgree(yaml, "pipeline.yaml", read);
    }

    /// <summary>As a node reads it.</summary>
    public Task<Result<PipelineDefinition>> ReadRecordedAsync(PipelineDefinition recorded) => Reader.ReadAsync(
        new PipelineRequest(recorded.File, new Dictionary<string, string>(StringComparer.Ordinal), GrantAll: true) { Recorded = recorded.Document }, TestContext.Current.CancellationToken);

    private PipelineReader Reader =>
        new(Folder, PathOf(".flexcore"), new PluginFolders(PathOf(".flexcore"), Folder, NoInstaller, _ => null), (name, _) => System.Threading.Tasks.Task.FromResult(Known.GetValueOrDefault(name, Plugin.Unknown)), Settings with { Limits = Caps }, Secrets,
            (kind, name, _) => new(kind == CatalogRules.Connection && Connections.TryGetValue(name, out var connection) ? new CatalogEntry(kind, name, "1", JsonElement.Parse(connection)) : null), TimeProvider.System);

    public Result<PluginManifest> ReadManifest(string yaml)
    {
        Write("plugins/mine/plugin.yaml", yaml);
        return PublishedSchema.Plugin.ShouldAgree(yaml, "plugin.yaml", ManifestReader.Read(PathOf("plugins/mine"), "plugin.yaml"));
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

internal sealed class KnownSecrets : Dictionary<string, string>, ISecrets
{
    public string Place => "this test";

    public ValueTask<Result<string>> FindAsync(string name, CancellationToken cancellationToken) =>
        new(TryGetValue(name, out var value) ? value : new Error(ErrorCodes.SecretMissing, $"there is no secret {name}"));

    public ValueTask<IReadOnlyList<SecretEntry>> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}

internal static class ResultAssertions
{
    /// <summary>Each error as <c>CODE@line:column</c>, or the bare code where it has no place.</summary>
    public static IEnumerable<string> Places<T>(this Result<T> result) =>
        result.Errors.Select(error => error.Location is { } at ? $"{error.Code.Id}@{at.Line}:{at.Column}" : error.Code.Id);

    public static void ShouldFailAt<T>(this Result<T> result, params string[] places) => result.Places().ShouldBe(places, ignoreOrder: true);
}
