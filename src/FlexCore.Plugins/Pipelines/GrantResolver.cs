using System.Text.Json.Nodes;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Decides what each plugin gets: what its manifest asks, if the operator allows it, in the file or by standing grants.</summary>
/// <param name="file">The pipeline.</param>
/// <param name="known">What is on record of plugins that may be registered, by name.</param>
/// <param name="baseDirectory">The folder of the pipeline file.</param>
/// <param name="dataDirectory">Closed to all plugins.</param>
/// <param name="grantAll">Whether everything is allowed for this once.</param>
/// <param name="references">Resolves what the file's grants refer to.</param>
/// <param name="errors">Takes what is wrong.</param>
internal sealed class GrantResolver(
    PipelineFile file, IReadOnlyDictionary<string, Plugin> known, string baseDirectory, string dataDirectory, bool grantAll, References references, List<Error> errors)
{
    private const string ConfigPrefix = "config.";
    private const string InputPrefix = "input.";

    private readonly SortedDictionary<string, (Grant Missing, SourceLocation At)> _missing = new(StringComparer.Ordinal);
    private readonly HashSet<string> _registered = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<(string Name, SourceLocation At)> _secrets = [];

    /// <summary>The secrets that plugins get as files, each where the plugin is named.</summary>
    public IReadOnlyList<(string Name, SourceLocation At)> Secrets => _secrets;

    /// <summary>A step names a plugin, whatever is wrong with the plugin or the step: a grant for it is not one that nobody needs.</summary>
    public void NoteUse(string plugin) => _used.Add(plugin);

    /// <summary>What a plugin gets, and thanks to what. Paths in <paramref name="settings"/> that its capabilities refer to become absolute.</summary>
    public (Grant Grant, string Source) Resolve(PluginManifest plugin, JsonObject settings, WrittenUse use)
    {
        var prefix = plugin.Kind == PluginKind.Task ? InputPrefix : ConfigPrefix;
        var (read, write) = (Paths(plugin.Capabilities.Read, plugin, prefix, settings, use), Paths(plugin.Capabilities.Write, plugin, prefix, settings, use));
        var net = Destinations.Asked(plugin, prefix, settings, use, errors);
        Grant asked = new(Definite(read), Definite(write), plugin.Capabilities.Env, Definite(net), plugin.Capabilities.Secrets);
        foreach (var path in asked.Read.Concat(asked.Write))
        {
            if (Refuse(path, use.Plugin.At) is { } refusal) errors.Add(refusal);
        }

        var inFile = file.Grants.TryGetValue(plugin.Name, out var written) ? Read(written) : Grant.None;
        var narrowed = use.Narrowed is null ? null : Read(use.Narrowed);
        var standing = StandingOf(plugin) is { } granted
            ? new Grant(Allowed(read, granted.Read), Allowed(write, granted.Write), granted.Env, Allowed(net, granted.Net), granted.Secrets)
            : Grant.None;
        var (effective, missing) = Grant.Decide(asked, grantAll ? asked : inFile.Union(standing), narrowed);
        if (!missing.IsEmpty) NoteMissing(plugin.Name, missing, use.Plugin.At);
        _secrets.AddRange(effective.Secrets.Select(name => (name, use.Plugin.At)));
        return (effective, grantAll ? "command-line" : Grant.Decide(asked, inFile, narrowed).Missing.IsEmpty ? "pipeline" : PluginCapabilityGranted.Standing);
    }

    /// <summary>Reports what was asked and not granted, and grants for plugins that nobody uses.</summary>
    public void Finish()
    {
        foreach (var (plugin, grant) in file.Grants)
        {
            if (!_used.Contains(plugin)) errors.Add(new Error(ErrorCodes.UnknownKey, $"grants: no step uses a plugin '{Printable.Escape(plugin)}'", grant.At));
        }

        if (_missing.Count == 0) return;
        var remedy = GrantRemedy.Describe(file, [.. _missing.Select(plugin => (plugin.Key, plugin.Value.Missing, _registered.Contains(plugin.Key)))], baseDirectory);
        foreach (var (plugin, (missing, at)) in _missing)
            errors.Add(new MissingGrant(plugin, file.Name, missing, at, remedy));
    }

    private void NoteMissing(string plugin, Grant missing, SourceLocation at)
    {
        _missing[plugin] = _missing.TryGetValue(plugin, out var before) ? (before.Missing.Union(missing), before.At) : (missing, at);
    }

    /// <summary>Standing grants belong to what was registered, and to nothing else that bears its name; null where they say nothing.</summary>
    private Grant? StandingOf(PluginManifest plugin)
    {
        if (known.GetValueOrDefault(plugin.Name) is not { } record || plugin.RegisteredFolder is null || record.Registered?.Folder != plugin.RegisteredFolder) return null;
        _registered.Add(plugin.Name);
        return record.Standing;
    }

    private static List<string> Definite(List<Ask> asked) => asked.ConvertAll(ask => ask.Definite);

    /// <summary>What standing grants allow here: those that are definite, and what the others come to stand for.</summary>
    private static List<string> Allowed(List<Ask> asked, IReadOnlyList<string> standing) =>
        [.. standing.Where(item => !Grant.IsReference(item)), .. asked.Where(ask => standing.Contains(ask.Written)).Select(ask => ask.Definite)];

    private Grant Read(WrittenGrant written)
    {
        foreach (var path in written.Read.Concat(written.Write))
        {
            if (Refuse(Absolute(references.ResolveText(path)), path.At) is { } refusal) errors.Add(refusal);
        }

        return new Grant(
            [.. written.Read.Select(path => Absolute(references.ResolveText(path)))],
            [.. written.Write.Select(path => Absolute(references.ResolveText(path)))],
            [.. written.Env.Select(name => name.Text)],
            [.. written.Net.Select(item => Destinations.Read(references.ResolveText(item), item.At, errors)).OfType<string>().Distinct()],
            [.. written.Secrets.Select(name => name.Text)]);
    }

    /// <summary>Why a path cannot be granted to any plugin, if it is for what the data directory holds.</summary>
    public static Error? RefuseDataDirectory(string dataDirectory, string path, SourceLocation? at) =>
        Grant.Covers(dataDirectory, path) ? new Error(ErrorCodes.PathRefused, $"'{Printable.Escape(path)}' lies in the data directory, which no plugin may touch", at) : null;

    private Error? Refuse(string path, SourceLocation at)
    {
        if (RefuseDataDirectory(dataDirectory, path, at) is { } refusal) return refusal;
        if (HostPath.FindLink(path) is { } link)
            return new Error(ErrorCodes.PathRefused, $"'{Printable.Escape(path)}' goes through the symbolic link '{Printable.Escape(link)}'", at, "Name the path that the link stands for.");
        return Grant.RefuseToGrant(path, at);
    }

    private List<Ask> Paths(IReadOnlyList<string> asked, PluginManifest plugin, string prefix, JsonObject settings, WrittenUse use)
    {
        var reference = "${" + prefix;
        var paths = new List<Ask>();
        foreach (var path in asked)
        {
            if (!Grant.IsReference(path)) paths.Add(new Ask(path, path));
            else if (path.StartsWith(reference, StringComparison.Ordinal) && path.IndexOfAny(['{', '}'], reference.Length) == path.Length - 1) paths.AddRange(FromSettings(settings, path[reference.Length..^1], use).Select(definite => new Ask(path, definite)));
            else errors.Add(new Error(ErrorCodes.UnknownReference, $"plugin {plugin.Name} asks for '{Printable.Escape(path)}'; a {plugin.Kind.ToString().ToLowerInvariant()} can refer to {reference}FIELD}}", use.Plugin.At));
        }

        return [.. paths.DistinctBy(ask => ask.Definite)];
    }

    /// <summary>The path or paths in one field of the settings, made absolute there too. An absent field asks for nothing.</summary>
    private List<string> FromSettings(JsonObject settings, string field, WrittenUse use)
    {
        switch (settings[field])
        {
            case null:
                return [];
            case JsonValue value when value.TryGetValue<string>(out var path):
                var absolute = Absolute(path);
                settings[field] = absolute;
                return [absolute];
            case JsonArray list when list.All(item => item is JsonValue value && value.TryGetValue<string>(out _)):
                var all = list.Select(item => Absolute(item!.GetValue<string>())).ToList();
                settings[field] = new JsonArray([.. all.Select(path => (JsonNode)path)]);
                return all;
            case { } node when LateTemplate.FindAll(node).Count > 0:
                errors.Add(LateTemplate.Shown(field, "a path", use.Settings?.At ?? use.Plugin.At));
                return [];
            default:
                errors.Add(new Error(ErrorCodes.ConfigInvalid, $"'{field}' must be a path or a list of paths", use.Settings?.At ?? use.Plugin.At));
                return [];
        }
    }

    private string Absolute(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, baseDirectory));
}

/// <summary>One thing that a plugin asks for, at one place of a pipeline.</summary>
/// <param name="Written">As its manifest writes it.</param>
/// <param name="Definite">The path or destination that it stands for there.</param>
internal sealed record Ask(string Written, string Definite);
