using System.Text.Json;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Plugins.Execution;

/// <summary>Hides secret values wherever text leaves the runtime. It goes by value, so the plugin cannot get around it by another name.</summary>
internal sealed class SecretMask
{
    private const string Mask = "***";
    private const int ShortestSecret = 4;

    private readonly string[] _secrets;

    private SecretMask(IEnumerable<string> secrets) =>
        _secrets = [.. secrets.Where(secret => secret.Length >= ShortestSecret).Distinct().OrderByDescending(secret => secret.Length)];

    /// <summary>Knows the fields that the plugins' schemas mark as secret, with the values they have in this run.</summary>
    public static SecretMask For(IEnumerable<PluginUse> uses) => new(uses.SelectMany(Secrets));

    /// <summary>The text without secrets.</summary>
    public string Apply(string text)
    {
        foreach (var secret in _secrets) text = text.Replace(secret, Mask, StringComparison.Ordinal);
        return text;
    }

    private static IEnumerable<string> Secrets(PluginUse use) =>
        use.Manifest.SecretFields
            .Select(field => use.Settings.TryGetProperty(field, out var value) ? value : default)
            .Where(value => value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            .Select(value => value.ToString());
}
