using System.Buffers;
using System.Text;
using System.Text.Json;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>What the driver's and the server's errors mean (https://www.mongodb.com/docs/manual/reference/error-codes/).</summary>
internal static class MongoDbErrors
{
    public const int DuplicateKey = 11000;
    public const int NamespaceNotFound = 26;
    public const int IndexNotFound = 27;

    // Domains of the driver (mongoc-error.h).
    private const uint Client = 1;
    private const uint Stream = 2;
    private const uint Protocol = 3;
    private const uint Sasl = 7;
    private const uint Scram = 14;
    private const uint ServerSelection = 15;
    private const uint WriteConcern = 16;
    private const uint Server = 17;

    // Of the driver's own code in the domain of clients.
    private const uint Authentication = 11;

    // What may begin a value in a text of the server.
    private static readonly SearchValues<char> Values = SearchValues.Create("{[(\"'`0123456789");

    /// <summary>A failure as an exception.</summary>
    /// <param name="error">What the driver says.</param>
    /// <param name="reply">What the server has answered, if it has.</param>
    public static MongoDbException Read(in MongoError error, MongoDbDocument? reply)
    {
        var text = TextOf(error);
        if (error.Domain is not (Server or WriteConcern)) return new MongoDbException(KindOfDriver(error), 0, text);
        var code = (int)error.Code;
        if (reply is null) return new MongoDbException(KindOf(code), code, Tell(code, text));
        var answer = reply.ToJson(MongoDbJson.Relaxed);
        var kind = KindOf(code);
        if (kind == FailureKind.RequestRefused && MayPass(answer)) kind = FailureKind.Busy;
        return new MongoDbException(kind, code, Tell(code, text), [.. FailuresOf(answer)]);
    }

    /// <summary>What is said of documents that are written, but not on as many servers as they should be; null where nothing is.</summary>
    public static MongoDbException? ReadWriteConcern(BsonReply reply)
    {
        if (!MongoDbCall.Check(reply.Bytes).ToJson(MongoDbJson.Relaxed).TryGetProperty("writeConcernErrors", out var errors) || errors.GetArrayLength() == 0) return null;
        var code = errors[0].GetProperty("code").GetInt32();
        return new MongoDbException(KindOf(code), code, Tell(code, errors[0].GetProperty("errmsg").GetString() ?? ""));
    }

    /// <summary>What a number of the server means.</summary>
    public static FailureKind KindOf(int code) => code switch
    {
        // A unique index; an index or a collection that is there otherwise.
        DuplicateKey or 11001 or 12582 or 48 or 85 or 86 => FailureKind.Conflict,

        // Who asks is not known, or may not.
        11 or 13 or 18 or 391 or 8000 => FailureKind.AccessRefused,

        // It took the server too long: the question, or to have the write on enough servers.
        50 or 64 => FailureKind.Timeout,

        // Another server, or the way to it: HostUnreachable, HostNotFound, NetworkTimeout, SocketException.
        6 or 7 or 89 or 9001 => FailureKind.Unreachable,

        // That passes: not the primary any more, or going down; too much to do; another has the document.
        10107 or 13435 or 10058 or 11600 or 11602 or 189 or 91 or 262 or 133 or 112 or 24 or 462 or 16500 => FailureKind.Busy,
        _ => FailureKind.RequestRefused,
    };

    /// <summary>A text of the server up to where a value may begin: it quotes what it was given.</summary>
    public static string Tell(int code, string text)
    {
        if (code == DuplicateKey) return $"{code}: such a key is there already";
        var end = text.AsSpan().IndexOfAny(Values);
        var plain = (end < 0 ? text : text[..end]).TrimEnd(' ', ':', ',');
        return plain.Length == 0 ? $"{code}" : $"{code}: {plain}";
    }

    private static FailureKind KindOfDriver(in MongoError error) => error.Domain switch
    {
        Stream or Protocol or ServerSelection => FailureKind.Unreachable,
        Sasl or Scram => FailureKind.AccessRefused,
        Client when error.Code == Authentication => FailureKind.AccessRefused,
        _ => FailureKind.RequestRefused,
    };

    private static bool MayPass(JsonElement answer) =>
        answer.TryGetProperty("errorLabels", out var labels) && labels.EnumerateArray().Any(label => label.ValueEquals("RetryableWriteError"u8) || label.ValueEquals("TransientTransactionError"u8));

    private static IEnumerable<MongoDbWriteFailure> FailuresOf(JsonElement answer)
    {
        if (!answer.TryGetProperty("writeErrors", out var errors)) yield break;
        foreach (var error in errors.EnumerateArray())
        {
            var (code, text) = (error.GetProperty("code").GetInt32(), error.GetProperty("errmsg").GetString() ?? "");
            yield return new MongoDbWriteFailure(error.GetProperty("index").GetInt32(), code, Tell(code, text)) { IsOfId = code == DuplicateKey && text.Contains(" index: _id_ ", StringComparison.Ordinal) };
        }
    }

    private static string TextOf(in MongoError error)
    {
        ReadOnlySpan<byte> text = error.Message;
        var end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }
}
