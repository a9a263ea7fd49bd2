using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FlexCore.Application.Notifications;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Manifests;
using FlexCore.Plugins.Pipelines.BuiltIn;
using FlexCore.Plugins.Secrets;
using FlexCore.Plugins.Yaml;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Reads a pipeline file and everything it names.</summary>
/// <param name="projectRoot">Where <c>plugins/</c> lies.</param>
/// <param name="dataDirectory">Closed to all plugins.</param>
/// <param name="folders">Those of plugins that are not the project's own.</param>
/// <param name="readPlugin">What is on record of a plugin, by name.</param>
/// <param name="project">How it is configured.</param>
/// <param name="secrets">Asked whether there are those that are needed; none is kept.</param>
/// <param name="findEntry">An entry of the catalog, by kind and name; null where there is none.</param>
/// <param name="time">The clock.</param>
internal sealed class PipelineReader(
    string projectRoot, string dataDirectory, IPluginFolders folders, Func<string, CancellationToken, Task<Plugin>> readPlugin, ProjectSettings project, ISecrets secrets,
    Func<string, string, CancellationToken, ValueTask<CatalogEntry?>> findEntry, TimeProvider time) : IPipelineReader
{
    public async Task<Result<PipelineDefinition>> ReadAsync(PipelineRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var yaml = request.Recorded is { } recordedDefinition
            ? YamlFile.Parse(PipelineDocument.ToYaml(recordedDefinition), $"the recorded definition of {request.File}")
            : request.Text is { } text ? YamlFile.Parse(text, request.File) : YamlFile.Read(request.File, request.File);
        if (!yaml.IsSuccess) return yaml.Errors.ToArray();

        var errors = new List<Error>();
        var file = new PipelineFileReader(errors).Read(yaml.Value);

        // The folder may be reached by links, for whoever calls us chose it; what is granted is named from its real place.
        var path = Path.GetFullPath(request.File, request.IsSent ? projectRoot : Environment.CurrentDirectory);
        path = Path.Combine(HostPath.Resolve(Path.GetDirectoryName(path)!) ?? Path.GetDirectoryName(path)!, Path.GetFileName(path));
        var vars = Override(OverrideByProject(file.Vars), request.Set, errors);
        var references = new References(vars, Describe(request.Trigger ?? RunTrigger.Manual), await KnownConnections.ReadAsync(file.Root, findEntry, cancellationToken), errors);
        var grants = new GrantResolver(file, await ReadKnownAsync(file, cancellationToken), Path.GetDirectoryName(path)!, dataDirectory, request.GrantAll, references, errors);
        var written = new MatrixExpansion(references, errors).Expand(file.Steps);
        CheckGraph(written, errors);

        LatePlaces.Check(file, references);

        var document = new PipelineDocument((JsonObject)file.Root.ToJson(scalar => scalar.ToJson()));
        var steps = written.Select(step => Resolve(step, written, request.IsDiscovery, path, references.For(step), grants, document, errors)).OfType<Step>().ToList();
        var uses = steps.SelectMany(step => step.Plugins).ToList();
        grants.Finish();
        CheckPaths(uses, [.. steps.OfType<BuiltInStep>()], file.Root.At.File, errors);
        if (RunRulesReader.Refuse(file.Rules, steps, file.Root.At) is { } overlap) errors.Add(overlap);
        await CheckSecretsAsync([.. references.Secrets, .. grants.Secrets, .. await FindChannelsAsync(file.Notify, errors, cancellationToken)], errors, cancellationToken);
        if (request.Recorded is not null) errors.AddRange(document.Masked);
        if (errors.Count > 0) return errors.Distinct().OrderBy(error => error.Location?.Line ?? 0).ToArray();

        var recorded = SecretMask.Of(uses.SelectMany(use => StepSecrets.WriteOnlyValues(use.Manifest.SecretFields.Except(use.LateTexts.Select(text => text.Path[0])), use.Settings))).Apply(document.Json)!;
        return new PipelineDefinition
        {
            Name = file.Name,
            Description = file.Description,
            File = path,
            Document = recorded.ToElement(),
            NotOnRecord = [.. document.Masked.Distinct()],
            Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(recorded.ToJsonString()))),
            Vars = vars.ToDictionary(entry => entry.Key, entry => entry.Value.ToElement(), StringComparer.Ordinal),
            Steps = steps,
            Environment = project.Environment,
            Notify = [.. file.Notify.Select(written => written.Rule)],
            Parallel = file.Parallel,
            Rules = file.Rules,
            Triggers = file.Triggers,
        };
    }

    private Dictionary<string, JsonNode?> OverrideByProject(IReadOnlyDictionary<string, JsonNode?> written)
    {
        var vars = new Dictionary<string, JsonNode?>(written, StringComparer.Ordinal);
        foreach (var setting in project.Vars) vars[setting.Key[ProjectSettings.VarsPrefix.Length..]] = setting.Json is { } json ? JsonNode.Parse(json.GetRawText()) : ReadVariable(setting.Value, setting.Name);
        return vars;
    }

    /// <summary>A value as it would be read in the file.</summary>
    private static JsonNode? ReadVariable(string text, string from) => new YamlScalar(text, IsPlain: true, new SourceLocation(from, 1, 1)).ToJson();

    /// <summary>What <c>${trigger.x}</c> stands for.</summary>
    private Dictionary<string, string> Describe(RunTrigger trigger) => new(StringComparer.Ordinal)
    {
        ["kind"] = trigger.Kind.ToString().ToLowerInvariant(),
        ["source"] = trigger.Source ?? "",
        ["due"] = (trigger.DueAt ?? time.GetUtcNow()).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
    };

    private static Dictionary<string, JsonNode?> Override(IReadOnlyDictionary<string, JsonNode?> written, IReadOnlyDictionary<string, string> set, List<Error> errors)
    {
        var vars = new Dictionary<string, JsonNode?>(written, StringComparer.Ordinal);
        foreach (var (name, text) in set)
        {
            if (!vars.ContainsKey(name)) errors.Add(new Error(ErrorCodes.UnknownReference, $"--set {name}=…: the pipeline has no variable '{Printable.Escape(name)}'; vars: {string.Join(", ", written.Keys.DefaultIfEmpty("none"))}"));
            vars[name] = ReadVariable(text, "--set");
        }

        return vars;
    }

    private static void CheckGraph(IReadOnlyList<WrittenStep> steps, List<Error> errors)
    {
        var ids = steps.Select(step => step.Id).ToHashSet(StringComparer.Ordinal);
        var unknown = steps.SelectMany(step => step.Needs).Where(need => !ids.Contains(need.Text)).ToList();
        errors.AddRange(unknown.Select(need => new Error(ErrorCodes.UnknownStep, $"there is no step '{Printable.Escape(need.Text)}'", need.At)));
        if (unknown.Count > 0 || ids.Count < steps.Count) return;

        var (_, cycle) = StepGraph.Sort([.. steps.Select(step => KeyValuePair.Create(step.Id, (IReadOnlyList<string>)[.. step.Needs.Select(need => need.Text)]))]);
        if (cycle is null) return;
        var at = steps.First(step => step.Id == cycle[0]).Needs.First(need => need.Text == cycle[1]).At;
        errors.Add(new Error(ErrorCodes.StepCycle, $"steps need each other in a circle: {string.Join(" → ", cycle)}", at));
    }

    private Step? Resolve(WrittenStep step, IReadOnlyList<WrittenStep> all, bool isDiscovery, string pipelinePath, References references, GrantResolver grants, PipelineDocument document, List<Error> errors)
    {
        var before = references.StepValues.Count;
        var resolved = ResolveWork(step, isDiscovery, pipelinePath, references, grants, document, errors);
        var condition = new StepConditions(references, errors).Resolve(step.Condition);
        errors.AddRange(references.StepValues.Skip(before).Select(value => RefuseStepValue(step, all, value.Value, value.At)).OfType<Error>());
        return resolved is null ? null : resolved with { When = step.When, Condition = condition, Timeout = step.Timeout, Retry = step.Retry };
    }

    /// <summary>What is referred to must be there when the step begins, whatever happens.</summary>
    private static Error? RefuseStepValue(WrittenStep step, IReadOnlyList<WrittenStep> all, StepValue value, SourceLocation at)
    {
        var byId = all.ToLookup(other => other.Id, StringComparer.Ordinal);
        if (byId[value.Step].FirstOrDefault() is not { } other) return new Error(ErrorCodes.UnknownStep, $"there is no step '{value.Step}'", at);
        var before = new HashSet<string>(StringComparer.Ordinal);
        var next = new Queue<string>(step.Needs.Select(need => need.Text));
        while (next.TryDequeue(out var id))
        {
            if (!before.Add(id)) continue;
            foreach (var need in byId[id].SelectMany(earlier => earlier.Needs)) next.Enqueue(need.Text);
        }

        if (!before.Contains(value.Step)) return new Error(ErrorCodes.UnknownReference, $"step {step.Id} does not need step {value.Step}, which may not have ended before it", at, $"Add {value.Step} to its `needs`.");
        return value.Kind == StepValue.Output && other is { Task: null, SubPipeline: null, BuiltIn: null } ? new Error(ErrorCodes.UnknownReference, $"step {value.Step} is neither a task, nor another pipeline, nor http, json or sql, and leaves no output", at, "There are `status` and `records`.") : null;
    }

    private Step? ResolveWork(WrittenStep step, bool isDiscovery, string pipelinePath, References references, GrantResolver grants, PipelineDocument document, List<Error> errors)
    {
        IReadOnlyList<string> needs = [.. step.Needs.Select(need => need.Text)];
        if (step.Task is { } tap && isDiscovery) return Use(tap, PluginKind.Tap) is { } use ? new DiscoveryStep(step.Id, needs, use) : null;
        if (step.Task is not null)
        {
            return Use(step.Task, PluginKind.Task) is { } task
                ? new TaskStep(step.Id, needs, task, [.. step.Args.Select(references.ResolveText)])
                : null;
        }

        if (step.SubPipeline is { } sub) return new SubPipelineReader(errors).Resolve(step.Id, needs, sub, references);
        if (step.BuiltIn is { } builtIn) return new BuiltInReader(HostPath.Resolve(projectRoot) ?? projectRoot, dataDirectory, errors).Resolve(step.Id, needs, builtIn, pipelinePath, references);
        if (step.Sync is not { } sync) return new NoopStep(step.Id, needs);
        var from = sync.From is null ? null : Use(sync.From, PluginKind.Tap);
        var through = sync.Through.Select(stage => stage.Map is { } map ? (Stage)new MapStage(map) : Use(stage.Mapper!, PluginKind.Mapper) is { } mapper ? new MapperStage(mapper) : null).ToList();
        var to = sync.To.Select(target => Use(target, PluginKind.Target)).ToList();
        if (sync.Partitions is { } partitions && from is { Manifest: { } source } && (!source.CanDiscover || source.CatalogArgument == CatalogArgument.None))
            errors.Add(new Error(ErrorCodes.InvalidValue, $"'partitions' gives each tap a catalog of its own, and {source.Name} cannot discover or takes none (plugin.yaml: singer)", partitions.At));
        return from is null || through.Contains(null) || to.Count == 0 || to.Contains(null)
            ? null
            : new SyncStep(step.Id, needs, from, [.. sync.Select.Select(rule => rule.Text)], [.. through.OfType<Stage>()], [.. to.OfType<PluginUse>()], sync.Validation) { Drift = sync.Drift, Guards = sync.Guards, Partitions = sync.Partitions?.Rules };

        PluginUse? Use(WrittenUse use, PluginKind kind)
        {
            var before = errors.Count;
            var settings = use.Settings?.ToJson(references.Resolve) as JsonObject ?? [];
            var isResolved = errors.Count == before;
            var found = FindPlugin(use.Plugin, pipelinePath, errors);
            grants.NoteUse(found?.Name ?? PluginReference.Parse(use.Plugin.Text)?.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(use.Plugin.Text)));
            if (found is not { } manifest) return null;
            if (manifest.Kind != kind)
            {
                errors.Add(new Error(ErrorCodes.PluginWrongKind, $"plugin {manifest.Name} is a {manifest.Kind.ToString().ToLowerInvariant()}; a {kind.ToString().ToLowerInvariant()} is needed here", use.Plugin.At));
                return null;
            }

            document.Mask(use, manifest);
            var (grant, source) = grants.Resolve(manifest, settings, use);

            // As the plugin gets them, with absolute paths. A value that could not be looked up would be wrong for no fault of its own.
            if (isResolved) errors.AddRange(SettingsCheck.Run(manifest, settings, use));
            var late = LateTemplate.FindAll(settings);
            if (manifest.Remote is { } elsewhere && late.SelectMany(text => text.Secrets).FirstOrDefault() is { } secret)
                errors.Add(new Error(ErrorCodes.SecretMisplaced, $"'${{secret.{secret}}}' would be sent to {elsewhere.Address}, whose log keeps what plugin {manifest.Name} gets", use.Settings?.At ?? use.Plugin.At, "Give the plugin its secrets where it runs: `capabilities.secrets` in its plugin.yaml there."));
            return new PluginUse(manifest, settings.ToElement(), grant, source) { LateTexts = late };
        }
    }

    private string FolderInProject(string plugin) => Path.Combine(projectRoot, "plugins", plugin);

    /// <summary>The plugins that the project does not bring itself, and that may be registered.</summary>
    private async Task<Dictionary<string, Plugin>> ReadKnownAsync(PipelineFile file, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, Plugin>(StringComparer.Ordinal);
        foreach (var plugin in file.Uses.Select(use => PluginReference.Parse(use.Plugin.Text)).OfType<PluginReference>())
        {
            if (plugin.Version is not null || !PluginFolders.HasManifest(FolderInProject(plugin.Name))) known[plugin.Name] = await readPlugin(plugin.Name, cancellationToken);
        }

        return known;
    }

    /// <summary>Beside the pipeline, then the registered ones, of which alone there are versions, then those that FlexCore brings along; a folder is taken as it is.</summary>
    private PluginManifest? FindPlugin(YamlScalar plugin, string pipelinePath, List<Error> errors)
    {
        var named = PluginReference.Parse(plugin.Text);
        var folder = named is null ? Path.GetFullPath(plugin.Text, Path.GetDirectoryName(pipelinePath)!) : FolderInProject(named.Name);
        var manifestPath = Path.Combine(folder, ManifestReader.FileName);
        var found = named?.Version is null && File.Exists(manifestPath) ? ManifestReader.Read(folder, Path.GetRelativePath(Environment.CurrentDirectory, manifestPath)) : named is null ? null : folders.FindElsewhere(named);
        if (found is null)
        {
            var missing = named switch
            {
                null => $"{manifestPath} does not exist",
                { Version: null } => $"neither {manifestPath} nor one that is registered or comes with FlexCore exists",
                _ => "no such version is registered here",
            };
            errors.Add(new Error(ErrorCodes.PluginNotFound, $"there is no plugin '{Printable.Escape(plugin.Text)}': {missing}", plugin.At));
            return null;
        }

        if (found.IsSuccess && named is not null && found.Value.Name != named.Name)
            errors.Add(new Error(ErrorCodes.InvalidName, $"the plugin in {found.Value.Folder} calls itself '{found.Value.Name}'", plugin.At));
        errors.AddRange(found.Errors);
        return found.IsSuccess ? found.Value with { Limits = project.Limits.Lower(found.Value.Limits) } : null;
    }

    /// <summary>Each channel must be there; what it needs is known before it is needed.</summary>
    private async Task<List<(string Name, SourceLocation At)>> FindChannelsAsync(IReadOnlyList<WrittenRule> rules, List<Error> errors, CancellationToken cancellationToken)
    {
        var channels = new KnownChannels(() => project.Channels, findEntry);
        var needed = new List<(string Name, SourceLocation At)>();
        foreach (var (rule, at) in rules)
        {
            var channel = await channels.FindAsync(rule.Channel, cancellationToken);
            if (channel.IsSuccess) needed.AddRange(channel.Value.Secrets.Select(name => (name, at)));
            else errors.AddRange(channel.Errors.Select(error => error with { Location = at }));
        }

        return needed;
    }

    /// <summary>Each secret must be there, and fit to be one, before anything starts.</summary>
    private async Task CheckSecretsAsync(IReadOnlyList<(string Name, SourceLocation At)> needed, List<Error> errors, CancellationToken cancellationToken)
    {
        foreach (var places in needed.GroupBy(secret => secret.Name, secret => secret.At))
        {
            var found = await secrets.FindAsync(places.Key, cancellationToken);
            errors.AddRange(found.Errors.SelectMany(error => places.Select(at => error with { Location = at })));
        }
    }

    /// <summary>What is to be read must exist, unless a plugin or a step of this pipeline may write it first; what plugins are to write must be a folder.</summary>
    private static void CheckPaths(List<PluginUse> uses, List<BuiltInStep> builtIns, string file, List<Error> errors)
    {
        var written = uses.SelectMany(use => use.Grant.Write).ToList();
        var files = builtIns.SelectMany(step => step.Writes).ToHashSet(StringComparer.Ordinal);
        errors.AddRange(builtIns.SelectMany(step => step.Reads
            .Where(path => !Path.Exists(path) && !files.Contains(path) && !written.Exists(root => Grant.Covers(root, path)))
            .Select(path => new Error(ErrorCodes.PathMissing, $"{file}: step {step.Id} is to read {path}, which does not exist"))));
        foreach (var use in uses)
        {
            errors.AddRange(use.Grant.Read
                .Where(path => !Path.Exists(path) && !written.Exists(root => Grant.Covers(root, path)) && !files.Any(made => Grant.Covers(path, made)))
                .Select(path => new Error(ErrorCodes.PathMissing, $"{file}: plugin {use.Manifest.Name} is to read {path}, which does not exist")));
            errors.AddRange(use.Grant.Write
                .Where(File.Exists)
                .Select(path => new Error(ErrorCodes.InvalidValue, $"{file}: plugin {use.Manifest.Name} is to write the folder {path}, which is a file")));
        }
    }
}
