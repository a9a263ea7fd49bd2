using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using FlexCore.Connectors;
using FlexCore.Domain.Plugins;
using FlexCore.Sdk;

namespace FlexCore.Cli;

/// <summary>The connectors that lie beside this program, as plugins like any other.</summary>
internal static class BuiltInPlugins
{
    private const string Program = "flexcore-connectors";

    // What its files are. The rest of the folder is FlexCore's own, of this very version.
    private static readonly Lazy<string> Digest = new(() =>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in (string[])[$"{Program}.dll", "FlexCore.Plugin.Sdk.dll"]) hash.AppendData(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, file)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    });

    /// <summary>A connector by its name; null when there is none.</summary>
    public static PluginManifest? Find(string name) => BuiltIn.Find(name) is { } plugin ? Describe(plugin) : null;

    private static PluginManifest Describe(IPlugin plugin)
    {
        var declaration = plugin.Declaration;
        var schema = JsonSerializer.SerializeToElement(declaration.GetSettingsSchema());
        return new PluginManifest
        {
            Name = declaration.Name,
            Version = declaration.Version,
            Kind = plugin.Kind == "tap" ? PluginKind.Tap : PluginKind.Target,
            Folder = Path.TrimEndingDirectorySeparator(new DirectoryInfo(AppContext.BaseDirectory).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? AppContext.BaseDirectory),
            DotnetRoot = FindDotnetRoot(),
            Command = [$"./{Program}", declaration.Name],
            Capabilities = new Grant(declaration.Read, declaration.Write, [], declaration.Net, []),
            Limits = new PluginLimits(),
            CanDiscover = true,
            ShadowField = declaration.ShadowField,
            ConfigSchema = schema,
            SecretFields = [.. schema.GetProperty("properties").EnumerateObject().Where(field => field.Value.TryGetProperty("writeOnly", out _)).Select(field => field.Name)],
            Digest = Digest.Value,
        };
    }

    /// <summary>Where the runtime lies that this process runs on: <c>ROOT/shared/Microsoft.NETCore.App/VERSION</c>. What lies below <c>/usr</c> every sandbox sees.</summary>
    private static string? FindDotnetRoot()
    {
        var root = Path.GetFullPath("../../..", RuntimeEnvironment.GetRuntimeDirectory());
        return root.StartsWith("/usr/", StringComparison.Ordinal) ? null : root;
    }
}
