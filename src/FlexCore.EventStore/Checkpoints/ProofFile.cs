using System.Text.Encodings.Web;
using System.Text.Json;

namespace FlexCore.EventStore.Checkpoints;

/// <summary>What the files of proofs have in common.</summary>
internal static class ProofFile
{
    internal const string WrongSignature = "There is no signature of a trusted key under the checkpoint, or a wrong one.";

    internal static Utf8JsonWriter Begin(Stream file, string kind)
    {
        var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("kind", kind);
        return json;
    }

    internal static void WritePath(Utf8JsonWriter json, IReadOnlyList<LogHash> path)
    {
        json.WriteStartArray("proof");
        foreach (var hash in path) json.WriteStringValue(hash.ToString());
        json.WriteEndArray();
    }
}
