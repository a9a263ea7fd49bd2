using System.Text;
using System.Text.Json.Nodes;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Yaml;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Decides what each plugin gets: what its manifest asks, if the operator allows it.</summary>
internal sealed class GrantResolver(PipelineFile file, string baseDirectory, string dataDirectory, bool grantAll, References references, List<Error> errors)
{
    private const string ConfigPrefix = "config.";
    private const string InputPrefix = "input.";

    // What was asked and not granted, by plugin: one block to paste for all of them.
    private readonly SortedDictionary<string, (Grant Missing, SourceLocation At)> _missing = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<(string Name, SourceLocation At)> _secrets = [];

    /// <summary>The secrets that plugins get as files, each where the plugin is named.</summary>
    public IReadOnlyList<(string Name, SourceLocation At)> Secrets => _secrets;

    /// <summary>A step names a plugin, whatever is wrong with the plugin or the step: a grant for it is not one that nobody needs.</summary>
    public void NoteUse(string plugin) => _used.Add(plugin);

    /// <summary>What a plugin gets. Paths in <paramref name="settings"/> that its capabilities refer to become absolute.</summary>
    public Grant Resolve(PluginManifest plugin, JsonObject settings, WrittenUse use)
    {
        var prefix = plugin.Kind == PluginKind.Task ? InputPrefix : ConfigPrefix;
        Grant asked = new(
            Paths(plugin.Capabilities.Read, plugin, prefix, settings, use),
            Paths(plugin.Capabilities.Write, plugin, prefix, settings, use),
            [.. plugin.Capabilities.Env.Distinct()],
            Destinations.Asked(plugin, prefix, settings, use, errors),
            [.. plugin.Capabilities.Secrets.Distinct()]);
        var allowed = grantAll ? asked : file.Grants.TryGetValue(plugin.Name, out var written) ? Read(written) : Grant.None;
        var narrowed = use.Narrowed is null ? null : Read(use.Narrowed);
        foreach (var path in asked.Read.Concat(asked.Write))
        {
            if (Refuse(path, use.Plugin.At) is { } refusal) errors.Add(refusal);
        }

        var (effective, missing) = Grant.Decide(asked, allowed, narrowed);
        if (!missing.IsEmpty) NoteMissing(plugin.Name, missing, use.Plugin.At);
        _secrets.AddRange(effective.Secrets.Select(name => (name, use.Plugin.At)));
        return effective;
    }

    /// <summary>Reports what was asked and not granted, and grants for plugins that nobody uses.</summary>
    public void Finish()
    {
        foreach (var (plugin, grant) in file.Grants)
        {
            if (!_used.Contains(plugin)) errors.Add(new Error(ErrorCodes.UnknownKey, $"grants: no step uses a plugin '{Printable.Escape(plugin)}'", grant.At));
        }

        foreach (var (plugin, (missing, at)) in _missing)
            errors.Add(new Error(ErrorCodes.GrantMissing, $"plugin {plugin} asks for what nobody has granted: {missing}", at, BlockToPaste()));
    }

    private void NoteMissing(string plugin, Grant missing, SourceLocation at)
    {
        _missing[plugin] = _missing.TryGetValue(plugin, out var before) ? (before.Missing.Union(missing), before.At) : (missing, at);
    }

    private string BlockToPaste()
    {
        var block = new StringBuilder($"If you trust it, add this to {Path.GetFileName(file.Root.At.File)} (or use --grant all for one run):\ngrants:\n");
        foreach (var (plugin, (missing, _)) in _missing)
        {
            var granted = file.Grants.GetValueOrDefault(plugin);
            string[] parts =
            [
                Part("read", granted?.Read, missing.Read.Select(Relative)),
                Part("write", granted?.Write, missing.Write.Select(Relative)),
                Part("env", granted?.Env, missing.Env),
                Part("net", granted?.Net, missing.Net),
                Part("secrets", granted?.Secrets, missing.Secrets),
            ];
            block.Append($"  {plugin}: {{ {string.Join(", ", parts.Where(part => part.Length > 0))} }}\n");
        }

        return block.ToString().TrimEnd();
    }

    private static string Part(string key, IReadOnlyList<YamlScalar>? already, IEnumerable<string> missing)
    {
        var all = (already ?? []).Select(item => item.Text).Concat(missing).Select(Quote).ToList();
        return all.Count == 0 ? "" : $"{key}: [{string.Join(", ", all)}]";
    }

    private static string Quote(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_') ? text : JsonValue.Create(text).ToJsonString();

    private string Relative(string path) =>
        Grant.Covers(baseDirectory, path) ? "./" + Path.GetRelativePath(baseDirectory, path) : path;

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

    private Error? Refuse(string path, SourceLocation at)
    {
        if (Grant.Covers(dataDirectory, path)) return new Error(ErrorCodes.PathRefused, $"'{Printable.Escape(path)}' lies in the data directory, which no plugin may touch", at);

        if (HostPath.FindLink(path) is { } link)
            return new Error(ErrorCodes.PathRefused, $"'{Printable.Escape(path)}' goes through the symbolic link '{Printable.Escape(link)}'", at, "Name the path that the link stands for.");
        return Grant.RefuseToGrant(path, at);
    }

    private List<string> Paths(IReadOnlyList<string> asked, PluginManifest plugin, string prefix, JsonObject settings, WrittenUse use)
    {
        var reference = "${" + prefix;
        var paths = new List<string>();
        foreach (var path in asked)
        {
            if (!path.StartsWith("${", StringComparison.Ordinal)) paths.Add(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
            else if (path.StartsWith(reference, StringComparison.Ordinal) && path.IndexOfAny(['{', '}'], reference.Length) == path.Length - 1) paths.AddRange(FromSettings(settings, path[reference.Length..^1], use));
            else errors.Add(new Error(ErrorCodes.UnknownReference, $"plugin {plugin.Name} asks for '{Printable.Escape(path)}'; a {plugin.Kind.ToString().ToLowerInvariant()} can refer to {reference}FIELD}}", use.Plugin.At));
        }

        return [.. paths.Distinct()];
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
            case { } node when SecretTemplate.FindAll(node).Count > 0:
                errors.Add(SecretTemplate.Shown(field, "a path", use.Settings?.At ?? use.Plugin.At));
                return [];
            default:
                errors.Add(new Error(ErrorCodes.ConfigInvalid, $"'{field}' must be a path or a list of paths", use.Settings?.At ?? use.Plugin.At));
                return [];
        }
    }

    private string Absolute(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, baseDirectory));
}
