using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Http;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Files;

/// <summary>
/// Files in a container of Azure's blob storage (https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api). What is longer than a part is sent in blocks, which are a file when their list is put; those of a put that
/// is cut off are seen by nobody, and the service drops them after a week.
/// </summary>
public sealed class AzureBlobFileStore : SystemClient, IFileStore
{
    private const int LongestPage = 1000;
    private const int DeletionsAtOnce = 8;

    private static readonly SystemTelemetry Telemetry = new("azure.blob", SystemKind.Http, FileMetrics.Duration, FileMetrics.Operation);

    private static readonly Operation Put = new("PutBlob", MayRepeat: true);
    private static readonly Operation PutBlock = new("PutBlock", MayRepeat: true);
    private static readonly Operation PutList = new("PutBlockList", MayRepeat: true);
    private static readonly Operation Get = new("GetBlob", MayRepeat: true);
    private static readonly Operation Head = new("GetBlobProperties", MayRepeat: true);
    private static readonly Operation List = new("ListBlobs", MayRepeat: true);
    private static readonly Operation Delete = new("DeleteBlob", MayRepeat: true);

    private static readonly KeyValuePair<string, string> Version = new("x-ms-version", AzureBlobKey.Version);

    private readonly HttpExchange _exchange;
    private readonly AzureBlobFilesOptions _options;
    private readonly AzureBlobKey? _key;
    private readonly string _folder;
    private readonly int _partBytes;
    private readonly TimeSpan _timeout;

    internal AzureBlobFileStore(string name, FilesOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time)
    {
        (_options, _folder, _partBytes, _timeout) = (options.AzureBlob, options.Folder, options.PartBytes, options.Timeout);
        _key = _options.AccountKey.Length == 0 ? null : new AzureBlobKey(_options, time);
        _exchange = new HttpExchange(name, new HttpOptions { Addresses = [_options.Address.AbsoluteUri] }, time, _key is null ? null : _key.Sign);
    }

    /// <inheritdoc/>
    public async ValueTask PutAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        FileNames.Check(name);
        var parts = new FileParts(content, _partBytes);
        var (part, isLast) = await parts.NextAsync(cancellationToken);
        if (isLast)
        {
            await AskAsync(Put, Call(HttpMethod.Put, name, "", KeyValuePair.Create("x-ms-blob-type", "BlockBlob")) with { Body = part, ContentType = FileTypes.Of(name) }, cancellationToken);
            return;
        }

        // Ids of one length, of this put alone: a put of the same name meanwhile has others, and whoever puts the list first has the file.
        var (upload, blocks) = (Convert.ToHexString(RandomNumberGenerator.GetBytes(16)), new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>"));
        for (var number = 1; ; number++)
        {
            if (part.Length > 0)
            {
                var id = Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{upload}{number:000000}")));
                await AskAsync(PutBlock, Call(HttpMethod.Put, name, $"comp=block&blockid={Uri.EscapeDataString(id)}") with { Body = part, ContentType = "application/octet-stream" }, cancellationToken);
                blocks.Append(CultureInfo.InvariantCulture, $"<Latest>{id}</Latest>");
            }

            if (isLast) break;
            (part, isLast) = await parts.NextAsync(cancellationToken);
        }

        var list = Encoding.UTF8.GetBytes(blocks.Append("</BlockList>").ToString());
        await AskAsync(PutList, Call(HttpMethod.Put, name, "comp=blocklist", KeyValuePair.Create("x-ms-blob-content-type", FileTypes.Of(name))) with { Body = list, ContentType = "application/xml" }, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<FileContent?> OpenAsync(string name, FileRange? range, CancellationToken cancellationToken)
    {
        FileNames.Check(name);
        FileRanges.Check(range);
        if (range is not { Length: 0 })
        {
            var call = Call(HttpMethod.Get, name, "");
            if (FileRanges.Header(range) is { } header) call = call with { Headers = [.. call.Headers, KeyValuePair.Create("Range", header)] };
            var (open, status) = await RunAsync(Get, resource: null, (_exchange, call), static async (asked, token) =>
            {
                var (answer, refused) = await asked._exchange.OpenAsync(asked.call, token);
                if (refused is not null) AzureBlobAnswer.Ensure(refused, HttpStatusCode.NotFound, HttpStatusCode.RequestedRangeNotSatisfiable);
                return (answer, refused?.Status);
            }, cancellationToken);
            if (open is not null)
            {
                var (file, length) = AzureBlobAnswer.Describe(name, open);
                return new FileContent(file, new FileSlice(await open.Content.ReadAsStreamAsync(cancellationToken), from: 0, length) { Translate = Translate, Patience = (_timeout, Time) });
            }

            if (status == HttpStatusCode.NotFound) return null;
        }

        // Nothing of it is wanted, or it is shorter than what is wanted.
        return await FindAsync(name, cancellationToken) is { } shorter ? new FileContent(shorter, Stream.Null) : null;
    }

    /// <inheritdoc/>
    public ValueTask<StoredFile?> FindAsync(string name, CancellationToken cancellationToken)
    {
        FileNames.Check(name);
        return RunAsync(Head, resource: null, (_exchange, name, Call: Call(HttpMethod.Head, name, "")), static async (asked, token) =>
        {
            var (open, refused) = await asked._exchange.OpenAsync(asked.Call, token);
            using (open)
            {
                if (refused is not null) AzureBlobAnswer.Ensure(refused, HttpStatusCode.NotFound);
                return open is null ? null : AzureBlobAnswer.Describe(asked.name, open).File;
            }
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredFile> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        FileNames.CheckPrefix(prefix);
        string? next = null;
        do
        {
            var query = $"restype=container&comp=list&maxresults={LongestPage}&prefix={Uri.EscapeDataString(_folder + prefix)}{(next is null ? "" : $"&marker={Uri.EscapeDataString(next)}")}";
            var answer = await AskAsync(List, Call(HttpMethod.Get, name: null, query), cancellationToken);
            var page = AzureBlobAnswer.ReadList(answer.Body);
            foreach (var file in page.Files)
            {
                var name = file.Name[_folder.Length..];
                if (FileNames.IsName(name)) yield return file with { Name = name };
            }

            next = page.Next;
        }
        while (next is not null);
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken)
    {
        FileNames.Check(name);
        await AskAsync(Delete, Call(HttpMethod.Delete, name, "", KeyValuePair.Create("x-ms-delete-snapshots", "include")), cancellationToken, HttpStatusCode.NotFound);
    }

    /// <inheritdoc/>
    public async ValueTask<long> DeleteAllAsync(string prefix, CancellationToken cancellationToken)
    {
        var count = 0L;
        await Parallel.ForEachAsync(ListAsync(prefix, cancellationToken), new ParallelOptions { MaxDegreeOfParallelism = DeletionsAtOnce, CancellationToken = cancellationToken }, async (file, token) =>
        {
            await DeleteAsync(file.Name, token);
            Interlocked.Increment(ref count);
        });
        return count;
    }

    /// <inheritdoc/>
    public FileLink CreateLink(string name, FileLinkUse use, TimeSpan validFor)
    {
        FileNames.Check(name);
        FileLinks.CheckTime(validFor);
        var sas = (_key ?? throw FileLinks.NoKey("AzureBlob:AccountKey")).CreateSas(_folder + name, use == FileLinkUse.Get ? "r" : "cw", Time.GetUtcNow() + validFor);
        return new FileLink(
            new Uri(_options.Address, $"{PathOf(name)}?{sas}"), use,
            use == FileLinkUse.Get ? new Dictionary<string, string>(StringComparer.Ordinal) : new Dictionary<string, string>(StringComparer.Ordinal) { ["x-ms-blob-type"] = "BlockBlob" });
    }

    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        AzureBlobAnswer.Ensure(await _exchange.SendAsync(Call(HttpMethod.Get, name: null, $"restype=container&comp=list&maxresults=1&prefix={Uri.EscapeDataString(_folder)}"), cancellationToken));
        return null;
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps() => [Disposing(_exchange)];

    private protected override CallFailure? Understand(Exception failure) => failure is AzureBlobRefusedException refused ? refused.Failure : HttpExchange.Understand(failure);

    private protected override TimeSpan? PauseAfter(Exception failure) => HttpExchange.PauseAfter(failure);

    private Exception Translate(Exception failure) => failure is OperationCanceledException ? Failed(Get.Name, new CallFailure(FailureKind.Timeout, $"no bytes within {_timeout.TotalSeconds:0.###} s"), failure)
        : Understand(failure) is { } known ? Failed(Get.Name, known, failure) : failure;

    private ValueTask<HttpAnswer> AskAsync(Operation operation, HttpCall call, CancellationToken cancellationToken, params HttpStatusCode[] expected) => RunAsync(
        operation, resource: null, (_exchange, call, expected), static async (asked, token) => AzureBlobAnswer.Ensure(await asked._exchange.SendAsync(asked.call, token), asked.expected), cancellationToken);

    private HttpCall Call(HttpMethod method, string? name, string query, params IEnumerable<KeyValuePair<string, string>> headers)
    {
        var all = string.Join('&', ((string[])[query, _options.Sas.TrimStart('?')]).Where(part => part.Length > 0));
        return new HttpCall(method, $"{(name is null ? Uri.EscapeDataString(_options.Container) : PathOf(name))}{(all.Length == 0 ? "" : $"?{all}")}") { Headers = [Version, .. headers] };
    }

    private string PathOf(string name) => string.Join('/', $"{_options.Container}/{_folder}{name}".Split('/').Select(Uri.EscapeDataString));
}
