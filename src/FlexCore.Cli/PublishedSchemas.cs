using System.Reflection;
using System.Text.Json;
using FlexCore.Application.Settings;

namespace FlexCore.Cli;

/// <summary>The JSON Schemas of the files that users write; they are part of the program.</summary>
internal static class PublishedSchemas
{
    private const string Settings = "flexcore";

    /// <summary>The files, by the names of their schemas.</summary>
    public static IReadOnlyList<string> Files { get; } = ["pipeline", "plugin", Settings];

    /// <summary>The schema of one of them.</summary>
    public static Stream Open(string file) => Assembly.GetExecutingAssembly().GetManifestResourceStream($"schema/{file}.schema.json")!;

    /// <summary>What is said of the settings of a project.</summary>
    public static SettingCatalog ReadSettings()
    {
        using var schema = Open(Settings);
        using var document = JsonDocument.Parse(schema);
        return SettingCatalog.Read(document.RootElement);
    }
}
