using System.Text.Json;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>What a <c>json</c> step does.</summary>
/// <param name="Input">The value that it works on; null where there is a file.</param>
/// <param name="File">The file that it reads.</param>
/// <param name="Schema">The file of the schema that each value must fit.</param>
/// <param name="Select">Which part of a value; a list there stands for its items.</param>
/// <param name="Where">Which of them.</param>
/// <param name="Reshape">What is made of each.</param>
/// <param name="Save">The file that it writes.</param>
internal sealed record JsonSettings(JsonElement? Input, string? File, string? Schema, string? Select, string? Where, Shape? Reshape, string? Save);

/// <summary>What a value is made into: one of a pointer, an object of shapes, a list of shapes; else a value as it stands.</summary>
/// <param name="Pointer">Which part of the value.</param>
/// <param name="Members">The members of an object.</param>
/// <param name="Items">The items of a list.</param>
/// <param name="Value">What stands for itself.</param>
internal sealed record Shape(string? Pointer, IReadOnlyDictionary<string, Shape>? Members, IReadOnlyList<Shape>? Items, JsonElement? Value)
{
    /// <summary>Writes what is made of a value. What a pointer does not find is null.</summary>
    public void Write(JsonElement value, Utf8JsonWriter writer)
    {
        if (Pointer is not null)
        {
            if (JsonPointers.Find(value, Pointer) is { } found) found.WriteTo(writer);
            else writer.WriteNullValue();
        }
        else if (Members is not null)
        {
            writer.WriteStartObject();
            foreach (var (name, shape) in Members)
            {
                writer.WritePropertyName(name);
                shape.Write(value, writer);
            }

            writer.WriteEndObject();
        }
        else if (Items is not null)
        {
            writer.WriteStartArray();
            foreach (var shape in Items) shape.Write(value, writer);
            writer.WriteEndArray();
        }
        else if (Value is { } literal)
        {
            literal.WriteTo(writer);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
