using System.Collections.Frozen;

namespace FlexCore.Infrastructure.Files;

/// <summary>Types of content by the ends of names: the one rule that needs no place for them, and therefore is the same in every store.</summary>
internal static class FileTypes
{
    private static readonly FrozenDictionary<string, string> ByEnd = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        [".avro"] = "application/vnd.apache.avro", [".csv"] = "text/csv", [".gz"] = "application/gzip", [".htm"] = "text/html", [".html"] = "text/html", [".jpeg"] = "image/jpeg", [".jpg"] = "image/jpeg",
        [".json"] = "application/json", [".jsonl"] = "application/jsonl", [".log"] = "text/plain", [".md"] = "text/markdown", [".parquet"] = "application/vnd.apache.parquet", [".pdf"] = "application/pdf",
        [".png"] = "image/png", [".svg"] = "image/svg+xml", [".txt"] = "text/plain", [".xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", [".xml"] = "application/xml",
        [".yaml"] = "application/yaml", [".yml"] = "application/yaml", [".zip"] = "application/zip",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    public static string Of(string name) => ByEnd.GetValueOrDefault(Path.GetExtension(name), "application/octet-stream");
}
