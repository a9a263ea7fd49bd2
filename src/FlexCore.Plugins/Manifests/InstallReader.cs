using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Pipelines;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Manifests;

/// <summary>Reads the <c>install</c> of a manifest: a list of command lines, or a mapping that also says what they need.</summary>
internal static class InstallReader
{
    private const string Rule = "'install' must be a list of command lines, or a mapping with such a list under 'run'";

    /// <summary>What it says; null where there is none, or where it is wrong.</summary>
    public static PluginInstall? Read(MapReader manifest, List<Error> errors)
    {
        switch (manifest.Find("install"))
        {
            case null:
                return null;
            case YamlMap map:
                var reader = new MapReader(map, errors);
                var lines = reader.Require("run") is { } run ? ReadLines(run, errors) : [];
                List<string> net = [.. reader.FindTexts("net").Select(text => Destinations.Read(text.Text, text.At, errors)).OfType<string>().Distinct()];
                var limits = ManifestReader.ReadLimits(reader, PluginInstall.UsualLimits);
                reader.Finish();
                return new PluginInstall(lines, net, limits);
            case var value:
                return new PluginInstall(ReadLines(value, errors), [], PluginInstall.UsualLimits);
        }
    }

    private static List<string> ReadLines(YamlValue value, List<Error> errors)
    {
        if (value is YamlList { Items: { Count: > 0 } items } && items.All(item => item is YamlScalar { IsNull: false, Text: var text } && !string.IsNullOrWhiteSpace(text) && !text.Contains('\0', StringComparison.Ordinal)))
            return [.. items.Cast<YamlScalar>().Select(item => item.Text)];
        errors.Add(new Error(ErrorCodes.InvalidValue, Rule, value.At));
        return [];
    }
}
