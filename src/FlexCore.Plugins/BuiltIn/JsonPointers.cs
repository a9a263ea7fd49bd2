using System.Globalization;
using System.Text.Json;
using FlexCore.Plugins.JsonSchema;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>JSON pointers (RFC 6901) into values.</summary>
internal static class JsonPointers
{
    /// <summary>What a pointer leads to; null where that is nothing.</summary>
    public static JsonElement? Find(JsonElement value, string pointer)
    {
        foreach (var part in JsonPointer.Split(pointer))
        {
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(part, out var member)) value = member;
            else if (value.ValueKind == JsonValueKind.Array && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var position) && position < value.GetArrayLength()) value = value[position];
            else return null;
        }

        return value;
    }
}
