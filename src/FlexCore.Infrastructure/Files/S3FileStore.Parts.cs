using Amazon.S3.Model;
using FlexCore.Domain.Errors;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Files;

/// <content>What is put in parts.</content>
public sealed partial class S3FileStore
{
    private async ValueTask PutPartsAsync(string name, ReadOnlyMemory<byte> first, FileParts parts, CancellationToken cancellationToken)
    {
        var (key, type) = (_folder + name, FileTypes.Of(name));
        var begun = await RunAsync(
            Begin, resource: null, (Store: this, key, type), static async (call, token) => await call.Store._service.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = call.Store._options.Bucket, Key = call.key, ContentType = call.type }, token), cancellationToken);
        try
        {
            List<PartETag> sent = [];
            for (var (part, isLast) = (first, false); ; (part, isLast) = await parts.NextAsync(cancellationToken))
            {
                if (part.Length > 0) sent.Add(await PutPartAsync(key, begun.UploadId, sent.Count + 1, part, cancellationToken));
                if (isLast) break;
            }

            var request = new CompleteMultipartUploadRequest { BucketName = _options.Bucket, Key = key, UploadId = begun.UploadId, PartETags = sent };
            await RunAsync(Complete, resource: null, (_service, request), static async (call, token) => await call._service.CompleteMultipartUploadAsync(call.request, token), cancellationToken);
        }
        catch
        {
            await AbortAsync(key, begun.UploadId);
            throw;
        }
    }

    private ValueTask<PartETag> PutPartAsync(string key, string upload, int number, ReadOnlyMemory<byte> part, CancellationToken cancellationToken) => RunAsync(
        PutPart,
        resource: null,
        (Store: this, key, upload, number, part),
        static async (call, token) =>
        {
            var answer = await call.Store._service.UploadPartAsync(
                new UploadPartRequest { BucketName = call.Store._options.Bucket, Key = call.key, UploadId = call.upload, PartNumber = call.number, InputStream = S3Service.Read(call.part), PartSize = call.part.Length, UseChunkEncoding = false },
                token);
            return new PartETag(call.number, answer.ETag);
        },
        cancellationToken);

    // Also where the caller has given up. What cannot be aborted costs room until a rule of the bucket removes it.
    private async ValueTask AbortAsync(string key, string upload)
    {
        try
        {
            await RunAsync(Abort, resource: null, (Store: this, key, upload), static async (call, token) => await call.Store._service.AbortMultipartUploadAsync(call.Store._options.Bucket, call.key, call.upload, token), CancellationToken.None);
        }
        catch (FlexCoreException e)
        {
            LogNotAborted(_log, Name, e.Message);
        }
    }

    [LoggerMessage(EventId = 310, EventName = "FileUploadNotAborted", Level = LogLevel.Warning, Message = "{Component}: what was sent of a file could not be taken back, and takes up room until a lifecycle rule of the bucket removes it: {Reason}")]
    private static partial void LogNotAborted(ILogger log, string component, string reason);
}
