using System.Globalization;
using System.Text;
using System.Text.Json;
using FlexCore.Domain;
using FlexCore.Plugins.Json;

namespace FlexCore.Plugins.JsonSchema;

/// <summary>JSON pointers (RFC 6901) to values of a tape, and back.</summary>
internal static class JsonPointer
{
    private const int LongestName = 200;

    /// <summary>The pointer from one value to another within it, fit to show.</summary>
    public static string To(JsonTape tape, int root, int value)
    {
        var pointer = new StringBuilder();
        for (var at = root; at < value && value < tape.After(at);)
        {
            var child = at + 1;
            var isObject = tape.Type(at) == JsonTokenType.StartObject;
            for (var position = 0; ; position++)
            {
                // The name of a member points at the member.
                var after = tape.After(isObject ? child + 1 : child);
                if (value >= after)
                {
                    child = after;
                    continue;
                }

                pointer.Append('/').Append(isObject ? Escape(Name(tape, child)) : position.ToString(CultureInfo.InvariantCulture));
                if (value == child) return pointer.ToString();
                at = isObject ? child + 1 : child;
                break;
            }
        }

        return pointer.ToString();
    }

    /// <summary>The name of a member, fit to show.</summary>
    public static string Name(JsonTape tape, int member)
    {
        var name = Encoding.UTF8.GetString(tape.Text(member));
        return Printable.Escape(name.Length <= LongestName ? name : name[..LongestName] + "…");
    }

    /// <summary>The parts of a pointer, unescaped.</summary>
    public static IEnumerable<string> Split(string pointer) =>
        pointer.Split('/').Skip(1).Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal));

    /// <summary>One step of a pointer; -1 when it leads nowhere.</summary>
    public static int Step(JsonTape tape, int value, string part)
    {
        if (tape.Type(value) == JsonTokenType.StartObject) return tape.Find(value, Encoding.UTF8.GetBytes(part));
        if (tape.Type(value) != JsonTokenType.StartArray) return -1;
        if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var position) || position >= tape.Count(value)) return -1;
        var item = value + 1;
        for (; position > 0; position--) item = tape.After(item);
        return item;
    }

    private static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
