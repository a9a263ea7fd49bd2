using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.BuiltIn;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Manifests;
using FlexCore.Plugins.Pipelines;
using FlexCore.Plugins.Settings;
using FlexCore.Plugins.Singer;
using FlexCore.Plugins.Sync;
using FlexCore.Plugins.Tasks;
using FlexCore.Plugins.Transforms;
using FlexCore.Plugins.Yaml;
using FlexCore.Sandbox;

namespace FlexCore.Plugins;

/// <summary>Composes what this project gives: it reads pipelines and plugins, and runs their steps in sandboxes.</summary>
/// <param name="dataDirectory">Where registered plugins, work folders and caches lie; absolute.</param>
/// <param name="closed">The data directories of all environments, that one among them: closed to all plugins.</param>
/// <param name="projectRoot">Where <c>plugins/</c> lies; absolute.</param>
/// <param name="time">The clock.</param>
public sealed class PluginsModule(string dataDirectory, string closed, string projectRoot, TimeProvider time) : IAsyncDisposable
{
    private readonly SandboxHost _sandbox = new(new SandboxHostOptions(), time);

    // Sandboxes are given real paths alone.
    private readonly string _dataDirectory = HostPath.Resolve(dataDirectory) ?? dataDirectory;
    private readonly string _closed = HostPath.Resolve(closed) ?? closed;

    /// <summary>The plugins that FlexCore brings along, by name; null for a name that is none of theirs.</summary>
    public required Func<string, PluginManifest?> FindBuiltIn { get; init; }

    /// <summary>Plugin folders.</summary>
    public IPluginFolders Folders => new PluginFolders(_dataDirectory, projectRoot, new PluginInstaller(_sandbox, [_closed, new Definitions(HostPath.Resolve(projectRoot) ?? projectRoot).DataDirectory]), FindBuiltIn);

    /// <summary>What this machine can do to confine plugins.</summary>
    public IIsolation Isolation => new SandboxIsolation(_sandbox);

    /// <summary>Reads pipeline files.</summary>
    /// <param name="secrets">Asked whether there are those that are needed.</param>
    /// <param name="readPlugin">What is on record of a plugin, by name.</param>
    /// <param name="findEntry">An entry of the catalog, by kind and name; null where there is none.</param>
    /// <param name="settings">Of the project.</param>
    public IPipelineReader CreatePipelineReader(ISecrets secrets, Func<string, CancellationToken, Task<Plugin>> readPlugin, Func<string, string, CancellationToken, ValueTask<CatalogEntry?>> findEntry, ProjectSettings settings) =>
        new PipelineReader(projectRoot, _closed, Folders, readPlugin, settings, secrets, findEntry, time);

    /// <summary>Brings capabilities into the form in which they can be compared: paths absolute, from a folder on; destinations as <c>host:port</c>. References stay.</summary>
    public static Result<Grant> ReadGrant(Grant written, string? folder, string closed) => GrantArguments.Read(written, folder, closed);

    /// <summary>Reads the settings in a project's <c>flexcore.yaml</c>; all errors at once.</summary>
    public static Result<IReadOnlyList<Setting>> ReadSettings(string file) => SettingsFile.Read(file);

    /// <summary>Reads the text of a pipeline file, to be sent elsewhere or parsed later.</summary>
    /// <param name="file">The file, which errors name so.</param>
    public static Result<string> ReadText(string file) => YamlFile.ReadText(file, file);

    /// <summary>The plugin in a folder, without registering it; every error at once.</summary>
    public static Result<PluginManifest> ReadPlugin(string folder) => ManifestReader.Read(Path.GetFullPath(folder), Path.Combine(folder, ManifestReader.FileName), PluginStage.Source);

    /// <summary>A recorded definition as a pipeline file, which reads as that definition again.</summary>
    public static string WriteYaml(JsonElement definition) => YamlWriter.Write(definition);

    /// <inheritdoc cref="RowCondition.Compile"/>
    public static Result<Func<JsonObject, bool>> CompileCondition(string text, IReadOnlyList<string> fields) => RowCondition.Compile(text, fields);

    /// <inheritdoc cref="GrantRemedy.Command"/>
    public static string GrantCommand(string plugin, Grant grant) => GrantRemedy.Command(plugin, grant);

    /// <summary>Runs steps.</summary>
    /// <param name="log">Where it is put on record.</param>
    /// <param name="deadLetters">Where records go that cannot be delivered.</param>
    /// <param name="logs">Where goes what plugins say.</param>
    /// <param name="secrets">What plugins are given.</param>
    /// <param name="remote">Those of other services.</param>
    /// <param name="artifacts">Keeps the files that plugins leave.</param>
    /// <param name="services">Those that <c>http</c> steps ask.</param>
    /// <param name="databases">Those that <c>sql</c> steps work on.</param>
    /// <param name="settings">Of the project, as of now.</param>
    public IStepRunner CreateStepRunner(IEventLog log, IDeadLetters deadLetters, IRunLogs logs, ISecrets secrets, IRemotePlugins remote, IArtifacts artifacts, IHttpServices services, ISqlDatabases databases, Func<ProjectSettings> settings)
    {
        var launcher = new PluginLauncher(_sandbox, log, _closed, HostPath.Resolve(projectRoot) ?? projectRoot);
        var maskKey = new MaskKey(_dataDirectory, settings().Store);
        var discovery = new Discovery(launcher, _dataDirectory);
        var syncs = new SyncStepRunner(launcher, discovery, new GetState(log), log, deadLetters, maskKey, time);
        return new StepRunner(syncs, new TaskStepRunner(launcher), new RemoteTaskRunner(remote, log, () => settings().Isolation.Lowest, time), new BuiltInStepRunner(services, databases), discovery, secrets, logs, artifacts, _dataDirectory, time)
        {
            PreparesSandboxes = () => settings().Features.PreparedSandboxes,
        };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();
}
