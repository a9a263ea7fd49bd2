using System.Text.Json;
using FlexCore.Domain.Errors;

namespace FlexCore.Domain.Scheduling;

/// <summary>Signed messages of another system, each of which starts a run.</summary>
/// <param name="Secret">The name of the secret under which they are signed.</param>
public sealed record WebhookTrigger(string Secret)
{
    /// <summary>Variables of the run by the places in the message from which they get their values, as JSON Pointers (RFC 6901).</summary>
    public IReadOnlyDictionary<string, string> Set { get; init => field = value ?? field; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether a text is a JSON Pointer.</summary>
    public static bool IsPointer(string text) => text.Length == 0 || text[0] == '/';

    /// <summary>Takes the values of the variables out of a message.</summary>
    /// <param name="message">The message.</param>
    /// <returns>The values as text; or what is missing.</returns>
    public Result<IReadOnlyDictionary<string, string>> ReadVariables(JsonElement message)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var errors = new List<Error>();
        foreach (var (name, pointer) in Set)
        {
            if (Find(message, pointer) is { ValueKind: JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False } value) values[name] = value.ToString();
            else errors.Add(new Error(ErrorCodes.InvalidValue, $"the message has no text, number or truth value at '{Printable.Escape(pointer)}', which variable '{name}' is to get"));
        }

        return errors.Count > 0 ? errors.ToArray() : values;
    }

    private static JsonElement? Find(JsonElement value, string pointer)
    {
        foreach (var part in pointer.Split('/').Skip(1))
        {
            var name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var member)) value = member;
            else if (value.ValueKind == JsonValueKind.Array && int.TryParse(name, out var index) && index >= 0 && index < value.GetArrayLength()) value = value[index];
            else return null;
        }

        return value;
    }
}

/// <summary>Another system has sent a message that starts a run. Sent again, under the same id, it comes to the same run.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="MessageId">What the sender calls the message.</param>
/// <param name="RunId">The run.</param>
[EventType("WebhookReceived")]
public sealed record WebhookReceived(string Pipeline, string MessageId, Guid RunId) : IDomainEvent;
