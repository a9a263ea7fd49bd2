using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;

namespace FlexCore.Domain.Catalog;

/// <summary>What may be in the catalog.</summary>
public static class CatalogRules
{
    /// <summary>How something outside is reached, that pipelines refer to as <c>${connection.NAME.FIELD}</c>.</summary>
    public const string Connection = "connection";

    /// <summary>Where notifications go, with the keys that a channel has in <c>flexcore.yaml</c>.</summary>
    public const string Channel = "channel";

    /// <summary>Nodes that come and go (<see cref="Provisioning.ProvisioningRequest"/>): what looks after them writes them, and nobody else.</summary>
    public const string Provisioning = "provisioning";

    private const string BeforeSecret = "${secret.";

    // Behind whatever comes before: client_secret, apiToken.
    private static readonly string[] SecretWords = ["password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey"];

    /// <summary>The kinds that there are.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [Connection, Channel, Provisioning];

    /// <summary>Why nothing can be at a place; null when something can.</summary>
    public static Error? RefusePlace(string kind, string? id) =>
        !Kinds.Contains(kind, StringComparer.Ordinal) ? new Error(ErrorCodes.InvalidValue, $"'{kind}' is no kind of entries of the catalog; there are: {string.Join(", ", Kinds)}")
        : id is not null && !Names.IsValid(id) ? new Error(ErrorCodes.InvalidName, $"'{id}' cannot be the name of a {kind}", SpecificRemedy: $"Use {Names.Rule}.")
        : null;

    /// <summary>Why nobody may write an entry by hand; null when they may.</summary>
    public static Error? RefuseChange(string kind, string id) => RefusePlace(kind, id)
        ?? (kind == Provisioning ? new Error(ErrorCodes.InvalidValue, $"{kind} {id} is not written by hand: it tells what became of a worker", SpecificRemedy: "Let a worker go with `flexcore workers release NAME`.") : null);

    /// <summary>What is wrong with a document: values of fields whose names say that they are secret, where they are no references. None of them is in an error.</summary>
    public static IEnumerable<Error> Refuse(string kind, string id, JsonElement document)
    {
        if (document.ValueKind != JsonValueKind.Object) return [new Error(ErrorCodes.InvalidValue, $"{kind} {id}: the document must be an object of JSON")];
        return FindSecrets(document, path: "").Select(path => new Error(
            ErrorCodes.SecretWrittenOut, $"{kind} {id}: the value of {path} is written out, and the catalog is no place for secrets", SpecificRemedy: $"Give it to `flexcore secrets set NAME`, and write {BeforeSecret}NAME}} here."));
    }

    private static IEnumerable<string> FindSecrets(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member =>
        {
            var place = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            return IsSecret(member.Name) && member.Value.ValueKind == JsonValueKind.String && !IsReference(member.Value.GetString()!) ? [place] : FindSecrets(member.Value, place);
        }),
        JsonValueKind.Array => value.EnumerateArray().SelectMany((item, index) => FindSecrets(item, $"{path}[{index}]")),
        _ => [],
    };

    private static bool IsSecret(string name)
    {
        var letters = string.Concat(name.Where(char.IsAsciiLetter)).ToLowerInvariant();
        return Array.Exists(SecretWords, word => letters.EndsWith(word, StringComparison.Ordinal));
    }

    private static bool IsReference(string text) =>
        text.StartsWith(BeforeSecret, StringComparison.Ordinal) && text.EndsWith('}') && SecretRules.IsName(text[BeforeSecret.Length..^1]);
}
