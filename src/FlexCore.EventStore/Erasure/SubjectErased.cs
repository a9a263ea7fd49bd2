using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlexCore.EventStore.Erasure;

/// <summary>The event that keeps an erasure on record.</summary>
/// <param name="Subject">The name of the subject under the master key, in hexadecimal.</param>
/// <param name="Reason">Why.</param>
/// <param name="By">Who has done it.</param>
/// <param name="Keys">The keys that were destroyed.</param>
internal sealed record SubjectErased(string Subject, string Reason, string By, IReadOnlyList<Guid> Keys)
{
    public static string Stream(Guid erasure) => $"{PersonalData.ErasureCategory}-{erasure}";

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ErasureJson.Default.SubjectErased);

    /// <summary>What has to be left of the keys.</summary>
    public static IReadOnlyList<SubjectKey> Destroyed(RecordedEvent recorded)
    {
        var erased = JsonSerializer.Deserialize(recorded.Data.Span, ErasureJson.Default.SubjectErased)!;
        var subject = Convert.FromHexString(erased.Subject);
        return [.. erased.Keys.Select(id => new SubjectKey(id, subject, Wrapped: null, recorded.Id))];
    }
}

/// <summary>Serialisers made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SubjectErased))]
internal sealed partial class ErasureJson : JsonSerializerContext;
