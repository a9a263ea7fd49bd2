namespace FlexCore.Plugins.JsonSchema.Compiling;

/// <summary>Ends the compilation. The message names the place.</summary>
internal sealed class UnusableSchemaException(SchemaPlace place, string problem)
    : Exception(place.ToString() is { Length: > 0 } pointer ? $"{pointer} {problem}" : $"the schema {problem}");
