using System.Text.Json;

namespace FlexCore.Plugins.Sync;

/// <summary>
/// A number that is the same for JSON values that mean the same: whatever the order of keys, the escapes and the way numbers
/// are written, for programs parse a STATE and write it anew.
/// </summary>
internal static class JsonFingerprint
{
    public static int Of(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var sum = 17;
                foreach (var member in value.EnumerateObject())
                    sum = unchecked(sum + HashCode.Combine(member.Name, Of(member.Value)));
                return sum;
            case JsonValueKind.Array:
                var hash = default(HashCode);
                foreach (var item in value.EnumerateArray()) hash.Add(Of(item));
                return hash.ToHashCode();
            case JsonValueKind.String:
                return value.GetString()!.GetHashCode(StringComparison.Ordinal);
            case JsonValueKind.Number:
                return value.TryGetDouble(out var number) ? number.GetHashCode() : 1;
            default:
                return value.ValueKind.GetHashCode();
        }
    }
}
