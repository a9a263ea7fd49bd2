using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Files;

/// <summary>Files in a bucket of S3, or of what speaks its protocol. What is longer than a part is a multipart upload, which is there when it is completed; one that is cut off is aborted.</summary>
public sealed partial class S3FileStore : SystemClient, IFileStore
{
    // Of both lists and deletions, as S3 has it.
    private const int LongestPage = 1000;

    private static readonly SystemTelemetry Telemetry = new("aws.s3", SystemKind.Http, FileMetrics.Duration, FileMetrics.Operation);

    private static readonly Operation Put = new("PutObject", MayRepeat: true);
    private static readonly Operation Begin = new("CreateMultipartUpload", MayRepeat: true);
    private static readonly Operation PutPart = new("UploadPart", MayRepeat: true);
    private static readonly Operation Complete = new("CompleteMultipartUpload");
    private static readonly Operation Abort = new("AbortMultipartUpload");
    private static readonly Operation Get = new("GetObject", MayRepeat: true);
    private static readonly Operation Head = new("HeadObject", MayRepeat: true);
    private static readonly Operation List = new("ListObjectsV2", MayRepeat: true);
    private static readonly Operation Delete = new("DeleteObject", MayRepeat: true);
    private static readonly Operation DeleteMany = new("DeleteObjects", MayRepeat: true);

    private readonly AmazonS3Client _service;
    private readonly S3FilesOptions _options;
    private readonly string _folder;
    private readonly int _partBytes;
    private readonly TimeSpan _timeout;
    private readonly ILogger _log;

    internal S3FileStore(string name, FilesOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time)
    {
        (_service, _options, _folder, _partBytes, _timeout) = (S3Service.Connect(options.S3), options.S3, options.Folder, options.PartBytes, options.Timeout);
        _log = loggers.CreateLogger<S3FileStore>();
    }

    /// <inheritdoc/>
    public async ValueTask PutAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        FileNames.Check(name);
        var parts = new FileParts(content, _partBytes);
        var (part, isLast) = await parts.NextAsync(cancellationToken);
        if (!isLast)
        {
            await PutPartsAsync(name, part, parts, cancellationToken);
            return;
        }

        await RunAsync(
            Put,
            resource: null,
            (Store: this, name, part),
            static async (call, token) => await call.Store._service.PutObjectAsync(
                new PutObjectRequest { BucketName = call.Store._options.Bucket, Key = call.Store._folder + call.name, InputStream = S3Service.Read(call.part), ContentType = FileTypes.Of(call.name), UseChunkEncoding = false },
                token),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<FileContent?> OpenAsync(string name, FileRange? range, CancellationToken cancellationToken)
    {
        FileNames.Check(name);
        FileRanges.Check(range);
        if (range is not { Length: 0 })
        {
            var request = new GetObjectRequest { BucketName = _options.Bucket, Key = _folder + name };
            if (FileRanges.Header(range) is { } header) request.ByteRange = new ByteRange(header);
            var (isThere, answer) = await RunAsync(Get, resource: null, (_service, request), static (call, token) => S3Service.GetAsync(call._service, call.request, token), cancellationToken);
            if (answer is not null)
            {
                var file = new StoredFile(name, ContentRange.LengthOf(answer.ContentRange) ?? answer.ContentLength, answer.ETag.Trim('"'), S3Service.TimeOf(answer.LastModified));
                return new FileContent(file, new FileSlice(answer.ResponseStream, from: 0, answer.ContentLength) { Translate = Translate, Patience = (_timeout, Time) });
            }

            if (!isThere) return null;
        }

        // Nothing of it is wanted, or it is shorter than what is wanted.
        return await FindAsync(name, cancellationToken) is { } shorter ? new FileContent(shorter, Stream.Null) : null;
    }

    /// <inheritdoc/>
    public ValueTask<StoredFile?> FindAsync(string name, CancellationToken cancellationToken)
    {
        FileNames.Check(name);
        return RunAsync(
            Head,
            resource: null,
            (Store: this, name),
            static async (call, token) =>
            {
                try
                {
                    var found = await call.Store._service.GetObjectMetadataAsync(call.Store._options.Bucket, call.Store._folder + call.name, token);
                    return (StoredFile?)new StoredFile(call.name, found.ContentLength, found.ETag.Trim('"'), S3Service.TimeOf(found.LastModified));
                }
                catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
                {
                    return null;
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredFile> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        FileNames.CheckPrefix(prefix);
        var request = new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = _folder + prefix, MaxKeys = LongestPage };
        do
        {
            var page = await RunAsync(List, resource: null, (_service, request), static async (call, token) => await call._service.ListObjectsV2Async(call.request, token), cancellationToken);
            foreach (var file in page.S3Objects ?? [])
            {
                var name = file.Key[_folder.Length..];
                if (FileNames.IsName(name)) yield return new StoredFile(name, file.Size ?? 0, file.ETag.Trim('"'), S3Service.TimeOf(file.LastModified));
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (!string.IsNullOrEmpty(request.ContinuationToken));
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken)
    {
        FileNames.Check(name);
        await RunAsync(Delete, resource: null, (Store: this, name), static async (call, token) => await call.Store._service.DeleteObjectAsync(call.Store._options.Bucket, call.Store._folder + call.name, token), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<long> DeleteAllAsync(string prefix, CancellationToken cancellationToken)
    {
        // A list that goes on while what it has is deleted need not have the rest: each page is the first one.
        for (var count = 0L; ;)
        {
            var names = await ListAsync(prefix, cancellationToken).Take(LongestPage).Select(file => file.Name).ToListAsync(cancellationToken);
            if (names.Count == 0) return count;
            var request = new DeleteObjectsRequest { BucketName = _options.Bucket, Quiet = true, Objects = [.. names.Select(name => new KeyVersion { Key = _folder + name })] };
            await RunAsync(DeleteMany, resource: null, (_service, request), static async (call, token) => await call._service.DeleteObjectsAsync(call.request, token), cancellationToken);
            count += names.Count;
        }
    }

    /// <inheritdoc/>
    public FileLink CreateLink(string name, FileLinkUse use, TimeSpan validFor)
    {
        FileNames.Check(name);
        FileLinks.CheckTime(validFor);
        var request = new GetPreSignedUrlRequest
        {
            BucketName = _options.Bucket, Key = _folder + name, Verb = use == FileLinkUse.Get ? HttpVerb.GET : HttpVerb.PUT, Expires = (Time.GetUtcNow() + validFor).UtcDateTime,
            Protocol = _options.Endpoint.StartsWith("http:", StringComparison.OrdinalIgnoreCase) ? Protocol.HTTP : Protocol.HTTPS,
        };
        return new FileLink(new Uri(_service.GetPreSignedURL(request)), use, new Dictionary<string, string>(StringComparer.Ordinal));
    }

    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        await _service.ListObjectsV2Async(new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = _folder, MaxKeys = 1 }, cancellationToken);
        return null;
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps() => [Disposing(_service)];

    private protected override CallFailure? Understand(Exception failure) => S3Service.Understand(failure);

    private Exception Translate(Exception failure) => failure is OperationCanceledException ? Failed(Get.Name, new CallFailure(FailureKind.Timeout, $"no bytes within {_timeout.TotalSeconds:0.###} s"), failure)
        : S3Service.IsBroken(failure) ? Failed(Get.Name, new CallFailure(FailureKind.Unreachable, "what has come is not what was sent"), failure)
        : Understand(failure) is { } known ? Failed(Get.Name, known, failure) : failure;
}
