using System.Text;
using System.Text.Json.Nodes;
using FlexCore.Domain;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Manifests;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Tells an operator how to grant what is missing, in words to paste.</summary>
internal static class GrantRemedy
{
    /// <summary>The block for the pipeline file; for registered plugins also the command that grants it wherever they are used.</summary>
    /// <param name="file">The pipeline.</param>
    /// <param name="missing">What each plugin asks and was not granted, and whether it is registered.</param>
    /// <param name="baseDirectory">The folder of the pipeline file.</param>
    public static string Describe(PipelineFile file, IReadOnlyList<(string Plugin, Grant Missing, bool IsRegistered)> missing, string baseDirectory)
    {
        if (Path.GetFileName(file.Root.At.File) == ManifestReader.FileName && missing is [(var single, var asked, IsRegistered: false)])
            return $"If you trust it, use --grant all for one run; or register it from a folder that is not in plugins/ of the project, which would go before it, and grant it wherever it is used:\nflexcore plugin add FOLDER\n{Command(single, asked)}";
        var remedy = new StringBuilder($"If you trust it, add this to {Path.GetFileName(file.Root.At.File)} (or use --grant all for one run):\ngrants:\n");
        foreach (var (plugin, grant, _) in missing)
        {
            var granted = file.Grants.GetValueOrDefault(plugin);
            string[] parts =
            [
                Part("read", granted?.Read, grant.Read.Select(Relative)),
                Part("write", granted?.Write, grant.Write.Select(Relative)),
                Part("env", granted?.Env, grant.Env),
                Part("net", granted?.Net, grant.Net),
                Part("secrets", granted?.Secrets, grant.Secrets),
            ];
            remedy.Append($"  {plugin}: {{ {string.Join(", ", parts.Where(part => part.Length > 0))} }}\n");
        }

        if (missing.Any(item => item.IsRegistered)) remedy.Append("Or, to grant it wherever it is used:\n");
        foreach (var (plugin, grant, _) in missing.Where(item => item.IsRegistered)) remedy.Append($"{Command(plugin, grant)}\n");
        return remedy.ToString().TrimEnd();

        string Relative(string path) => Grant.Covers(baseDirectory, path) ? "./" + Path.GetRelativePath(baseDirectory, path) : path;
    }

    /// <summary>The command that grants it to a registered plugin.</summary>
    public static string Command(string plugin, Grant grant)
    {
        string[] words = [.. Options("read", grant.Read), .. Options("write", grant.Write), .. Options("net", grant.Net), .. Options("env", grant.Env), .. Options("secret", grant.Secrets)];
        return $"flexcore plugin grant {plugin} {string.Join(' ', words)}";

        static IEnumerable<string> Options(string name, IReadOnlyList<string> values) => values.Select(value => $"--{name} {QuoteForShell(value)}");
    }

    private static string Part(string key, IReadOnlyList<YamlScalar>? already, IEnumerable<string> missing)
    {
        var all = (already ?? []).Select(item => item.Text).Concat(missing).Select(Quote).ToList();
        return all.Count == 0 ? "" : $"{key}: [{string.Join(", ", all)}]";
    }

    private static string Quote(string text) => IsPlain(text) ? text : JsonValue.Create(text).ToJsonString();

    /// <summary>One word for bash; what would steer a terminal is written as <c>\uXXXX</c>, which <c>$'…'</c> reads.</summary>
    private static string QuoteForShell(string text)
    {
        if (IsPlain(text.Replace(':', '-'))) return text;
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);
        var shown = Printable.Escape(escaped);
        return shown == text ? $"'{text}'" : $"$'{shown}'";
    }

    private static bool IsPlain(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_');
}
