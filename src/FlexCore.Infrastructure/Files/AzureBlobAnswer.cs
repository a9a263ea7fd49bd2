using System.Globalization;
using System.Net;
using System.Xml;
using System.Xml.Linq;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Http;

namespace FlexCore.Infrastructure.Files;

/// <summary>Answers of Azure's blob storage.</summary>
internal static class AzureBlobAnswer
{
    /// <summary>Goes on if the service did what was asked, or answers as it may.</summary>
    public static HttpAnswer Ensure(HttpAnswer answer, params HttpStatusCode[] expected)
    {
        if (answer.IsSuccess) return answer;

        // A container that is not there is no file that is not there. A HEAD has this in the header alone.
        var code = answer.Headers.TryGetValues("x-ms-error-code", out var codes) ? codes.First() : "";
        if (expected.Contains(answer.Status) && code != "ContainerNotFound") return answer;
        throw new AzureBlobRefusedException(answer.Status, code);
    }

    /// <returns>The file, and how many bytes of it are in the answer.</returns>
    public static (StoredFile File, long Length) Describe(string name, HttpResponseMessage answer)
    {
        var headers = answer.Content.Headers;
        var length = headers.ContentLength ?? 0;
        return (new StoredFile(name, ContentRange.LengthOf(headers.TryGetValues("Content-Range", out var ranges) ? ranges.First() : null) ?? length, answer.Headers.ETag?.Tag.Trim('"') ?? "", headers.LastModified ?? default), length);
    }

    /// <summary>Reads a page of a list.</summary>
    /// <returns>The files, and what the next page is asked for with; null where this is the last one.</returns>
    public static (IReadOnlyList<StoredFile> Files, string? Next) ReadList(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(body.ToArray()), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            var root = XElement.Load(reader);
            var next = root.Element("NextMarker")?.Value;
            return ([.. root.Elements("Blobs").Elements("Blob").Select(Read)], string.IsNullOrEmpty(next) ? null : next);
        }
        catch (Exception e) when (e is XmlException or FormatException or NullReferenceException)
        {
            throw new AzureBlobRefusedException(HttpStatusCode.OK, "the list is none");
        }
    }

    private static StoredFile Read(XElement blob)
    {
        var (name, properties) = (blob.Element("Name")!, blob.Element("Properties")!);
        return new StoredFile(
            name.Attribute("Encoded")?.Value == "true" ? Uri.UnescapeDataString(name.Value) : name.Value,
            long.Parse(properties.Element("Content-Length")!.Value, NumberStyles.None, CultureInfo.InvariantCulture),
            properties.Element("Etag")!.Value.Trim('"'),
            DateTimeOffset.Parse(properties.Element("Last-Modified")!.Value, CultureInfo.InvariantCulture));
    }
}

/// <summary>Azure's blob storage does not take what was asked.</summary>
/// <param name="status">What it answers.</param>
/// <param name="code">Its own word for it (https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes).</param>
internal sealed class AzureBlobRefusedException(HttpStatusCode status, string code) : Exception($"{(int)status} {code}")
{
    public CallFailure Failure => new(
        status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => FailureKind.AccessRefused,
            HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed => FailureKind.Conflict,

            // Its blocks are gone, because somebody else has put the same file meanwhile.
            HttpStatusCode.BadRequest when code == "InvalidBlockList" => FailureKind.Conflict,
            _ => FailureKind.RequestRefused,
        },
        Message);
}
