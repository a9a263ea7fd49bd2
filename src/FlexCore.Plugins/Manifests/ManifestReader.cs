using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Secrets;
using FlexCore.Plugins.Pipelines;
using FlexCore.Plugins.Yaml;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Manifests;

/// <summary>How far the folder of a plugin is.</summary>
internal enum PluginStage
{
    /// <summary>Somebody uses it where it lies, and has made there what it needs.</summary>
    InPlace,

    /// <summary>It is to be registered: what its install will make is not there yet.</summary>
    Source,

    /// <summary>It was registered, and what its install has made belongs to it.</summary>
    Registered,
}

/// <summary>Reads and checks a <c>plugin.yaml</c>. Everything wrong with it is reported at once.</summary>
internal static class ManifestReader
{
    public const string FileName = "plugin.yaml";

    private static readonly Dictionary<string, PluginKind> Kinds = new(StringComparer.Ordinal)
    {
        ["tap"] = PluginKind.Tap,
        ["mapper"] = PluginKind.Mapper,
        ["target"] = PluginKind.Target,
        ["task"] = PluginKind.Task,
    };

    private static readonly Dictionary<string, CatalogArgument> CatalogArguments = new(StringComparer.Ordinal)
    {
        ["catalog"] = CatalogArgument.Catalog,
        ["properties"] = CatalogArgument.Properties,
        ["none"] = CatalogArgument.None,
    };

    /// <summary>Reads the manifest of a folder.</summary>
    /// <param name="folder">Absolute path.</param>
    /// <param name="displayPath">How errors name the manifest.</param>
    /// <param name="stage">How far the folder is.</param>
    public static Result<PluginManifest> Read(string folder, string displayPath, PluginStage stage = PluginStage.InPlace)
    {
        var yaml = YamlFile.Read(Path.Combine(folder, FileName), displayPath);
        if (!yaml.IsSuccess) return yaml.Errors.ToArray();

        var errors = new List<Error>();
        var map = new MapReader(yaml.Value, errors);
        var name = map.RequireName("name");
        var version = ReadVersion(map, errors);
        var kind = map.Require("kind") is null ? null : map.FindWord("kind", Kinds, absent: null);
        CheckProtocol(map, kind, errors);
        var remote = map.FindMap("remote") is { } elsewhere ? RemoteReader.Read(elsewhere, map, kind, errors) : null;
        var install = InstallReader.Read(map, errors);
        if (install is not null && map.Find("remote") is not null) errors.Add(new Error(ErrorCodes.InvalidValue, "a plugin that is 'remote' has nothing to install here", map.Find("install")!.At));
        var command = map.Find("remote") is null ? ReadCommand(map, folder, install, stage, errors) : [];
        var capabilities = remote is null ? ReadCapabilities(map, errors) : RemoteReader.Capabilities(remote);
        var limits = ReadLimits(map, new PluginLimits());
        var configSchema = map.FindText("config") is { } schema ? ConfigSchema.Read(folder, schema, map.Find("config")!.At, errors) : null;
        var singer = map.FindMap("singer");
        var catalog = singer?.FindWord("catalog", CatalogArguments, CatalogArgument.Catalog) ?? CatalogArgument.Catalog;
        var discover = singer?.FindFlag("discover") ?? true;
        singer?.Finish();
        var shadow = ReadShadow(map, kind, capabilities, errors);
        map.Finish();
        var digest = ReadDigest(folder, ofAll: stage == PluginStage.Registered && install is not null, map, errors);
        if (errors.Count > 0) return errors.ToArray();

        return new PluginManifest
        {
            Name = name!,
            Version = version!,
            Kind = kind!.Value,
            Folder = HostPath.Resolve(folder)!,
            Command = command,
            Remote = remote,
            Install = install,
            Capabilities = capabilities,
            Limits = limits,
            CatalogArgument = catalog,
            CanDiscover = discover,
            ShadowField = shadow,
            ConfigSchema = configSchema,
            SecretFields = configSchema is { } fields ? ConfigSchema.SecretFields(fields) : [],
            Digest = digest!,
        };
    }

    private static string? ReadVersion(MapReader map, List<Error> errors)
    {
        var version = map.RequireText("version");
        if (version is not null && Printable.Escape(version) != version)
            errors.Add(new Error(ErrorCodes.InvalidValue, "'version' must be one line without control characters", map.Find("version")!.At));
        return version;
    }

    private static void CheckProtocol(MapReader map, PluginKind? kind, List<Error> errors)
    {
        if (map.RequireText("protocol") is not { } protocol || kind is null) return;
        var expected = kind == PluginKind.Task ? "task" : "singer";
        if (protocol != expected)
            errors.Add(new Error(ErrorCodes.InvalidValue, $"a {kind.ToString()!.ToLowerInvariant()} speaks 'protocol: {expected}'", map.Find("protocol")!.At));
    }

    private static List<string> ReadCommand(MapReader map, string folder, PluginInstall? install, PluginStage stage, List<Error> errors)
    {
        if (map.Require("command") is not { } value) return [];
        if (value is not YamlList { Items: { Count: > 0 } items } || !items.All(item => item is YamlScalar { IsNull: false, Text.Length: > 0 }))
        {
            errors.Add(new Error(ErrorCodes.InvalidValue, "'command' must be a list: the program, then its arguments", value.At));
            return [];
        }

        var command = items.Cast<YamlScalar>().Select(item => item.Text).ToList();
        if (stage == PluginStage.Source && install is not null && command[0].Contains('/', StringComparison.Ordinal)) return command;
        if (PluginFiles.WhyNotExecutable(folder, command[0]) is { } reason)
        {
            errors.Add(new Error(
                ErrorCodes.CommandNotExecutable, $"'{Printable.Escape(command[0])}' {reason}", value.At, install is null || stage == PluginStage.Registered
                    ? null
                    : "Its `install` is run when it is registered: `flexcore plugin add DIR`, from a folder that is not in plugins/ of the project, which would go before it. Where you use it in place, run it there yourself."));
        }

        return command;
    }

    private static Grant ReadCapabilities(MapReader map, List<Error> errors)
    {
        if (map.FindMap("capabilities") is not { } capabilities) return Grant.None;
        var request = new Grant(Paths("read"), Paths("write"), Env(), Net(), [.. capabilities.FindSecrets("secrets").Select(name => name.Text).Distinct()]);
        capabilities.Finish();
        return request;

        List<string> Env()
        {
            var names = capabilities.FindTexts("env");
            errors.AddRange(names
                .Where(name => name.Text.StartsWith(SecretRules.VariablePrefix, StringComparison.Ordinal))
                .Select(name => new Error(ErrorCodes.SecretMisplaced, $"the environment variable {Printable.Escape(name.Text)} holds a secret, which is never passed on in the environment", name.At)));
            return [.. names.Select(name => name.Text).Distinct()];
        }

        // What is definite is kept in the one form in which it can be compared to what is granted.
        List<string> Paths(string key)
        {
            var paths = capabilities.FindTexts(key);
            foreach (var path in paths)
            {
                if (!path.Text.StartsWith("${", StringComparison.Ordinal) && !Path.IsPathFullyQualified(path.Text))
                    errors.Add(new Error(ErrorCodes.InvalidValue, $"'{Printable.Escape(path.Text)}' must be absolute, or ${{config.FIELD}} (for a task ${{input.FIELD}})", path.At));
            }

            return [.. paths.Select(path => path.Text).Select(path => path.StartsWith('/') ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)) : path).Distinct()];
        }

        List<string> Net() =>
            [.. capabilities.FindTexts("net").Select(text => Grant.IsReference(text.Text) ? text.Text : Destinations.Read(text.Text, text.At, errors)).OfType<string>().Distinct()];
    }

    private static string? ReadShadow(MapReader map, PluginKind? kind, Grant capabilities, List<Error> errors)
    {
        const string Reference = "${config.";
        if (map.FindText("shadow") is not { } shadow) return null;
        if (kind == PluginKind.Target && capabilities.Write.Contains(shadow) && shadow.StartsWith(Reference, StringComparison.Ordinal)) return shadow[Reference.Length..^1];
        errors.Add(new Error(ErrorCodes.InvalidValue, "'shadow' must be the ${config.FIELD} under 'capabilities.write' of a target that names the folder in which all lies that it writes", map.Find("shadow")!.At));
        return null;
    }

    private static string? ReadDigest(string folder, bool ofAll, MapReader map, List<Error> errors)
    {
        try
        {
            return ofAll ? InstalledDigest.Of(folder, TimeProvider.System) : PluginFiles.Digest(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(new Error(ErrorCodes.FileUnreadable, $"the files of the plugin cannot be read: {e.Message}", map.At));
            return null;
        }
    }

    /// <summary>Its <c>limits</c>; what they say nothing of is as usual.</summary>
    public static PluginLimits ReadLimits(MapReader map, PluginLimits usual)
    {
        if (map.FindMap("limits") is not { } limits) return usual;
        var written = WrittenLimits.Names.Aggregate(default(WrittenLimits), (all, key) => limits.Find(key, all, text => all.With(key, text), WrittenLimits.RuleOf(key)!));
        limits.Finish();
        return written.Over(usual);
    }
}
