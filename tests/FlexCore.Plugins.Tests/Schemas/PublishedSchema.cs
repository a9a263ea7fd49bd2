using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema;
using FlexCore.Plugins.Yaml;
using FlexCore.Testing;

namespace FlexCore.Plugins.Tests.Schemas;

/// <summary>One of the schemas that editors check our files with.</summary>
internal sealed class PublishedSchema
{
    private readonly CompiledSchema _compiled;

    private PublishedSchema(string name)
    {
        var json = File.ReadAllText(Repository.PathOf("docs", "reference", $"{name}.schema.json"));
        Root = JsonNode.Parse(json)!.AsObject();
        CompiledSchema.TryCompile(Encoding.UTF8.GetBytes(json), out var compiled, out var problem).ShouldBeTrue(problem);
        _compiled = compiled!;
    }

    public static PublishedSchema Pipeline { get; } = new("pipeline");

    public static PublishedSchema Plugin { get; } = new("plugin");

    public static PublishedSchema Project { get; } = new("flexcore");

    public JsonObject Root { get; }

    /// <summary>What is wrong with a file, or null.</summary>
    public string? Violation(string yaml)
    {
        var document = YamlFile.Parse(yaml, "file", mayBeEmpty: true).Value.ToJson(scalar => scalar.ToJson());
        return _compiled.Validate(JsonTape.Of(JsonSerializer.SerializeToUtf8Bytes(document)), JsonTape.Root) is { } violation ? $"{violation.InstancePath} {violation.Message}" : null;
    }

    /// <summary>An editor says no to nothing that is right, and to every key that is unknown or missing.</summary>
    public Result<T> ShouldAgree<T>(string yaml, string file, Result<T> read)
    {
        if (read.IsSuccess) Violation(yaml).ShouldBeNull(yaml);
        else if (read.Errors.Any(error => IsOfTheShape(error) && error.Location is { } at && Path.GetFileName(at.File) == file)) Violation(yaml).ShouldNotBeNull(yaml);
        return read;
    }

    /// <summary>What a schema says too; all else needs more than the file, as a grant does for a plugin that no step uses.</summary>
    private static bool IsOfTheShape(Error error) =>
        error.Code == ErrorCodes.MissingKey || (error.Code == ErrorCodes.UnknownKey && error.Message.Contains("is not a known key here", StringComparison.Ordinal));
}
