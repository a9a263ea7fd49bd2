using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace FlexCore.Server.Grpc;

/// <summary>The messages of one call, each in its frame: a flag, four bytes of length, the message.</summary>
internal sealed class GrpcMessages(PipeReader requests, PipeWriter answers)
{
    /// <summary>The largest message, in bytes: what clients take where nothing else is said.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private const int HeaderBytes = 5;

    /// <summary>The one message of the caller.</summary>
    /// <exception cref="GrpcException">There is none, or more than one, or it cannot be read.</exception>
    public async Task<T> ReadOnlyAsync<T>(MessageParser<T> parser, CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        var request = await ReadAsync(parser, cancellationToken) ?? throw new GrpcException(GrpcCode.Unimplemented, "the call has no message where it must have one");
        if (await ReadAsync(parser, cancellationToken) is not null) throw new GrpcException(GrpcCode.Unimplemented, "the call has more than the one message that it may have");
        return request;
    }

    /// <summary>Each message of the caller, as it comes.</summary>
    public async IAsyncEnumerable<T> ReadAllAsync<T>(MessageParser<T> parser, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        while (await ReadAsync(parser, cancellationToken) is { } message) yield return message;
    }

    /// <summary>Sends a message, and waits until the caller has room for more.</summary>
    public async Task WriteAsync(IMessage message, CancellationToken cancellationToken)
    {
        var size = message.CalculateSize();
        if (size > MaxBytes) throw new GrpcException(GrpcCode.ResourceExhausted, $"the answer has {size} bytes, more than {MaxBytes}; ask for fewer things at once");
        Write(message, size);
        if ((await answers.FlushAsync(cancellationToken)).IsCompleted) throw new OperationCanceledException("the caller has gone", cancellationToken);
    }

    private void Write(IMessage message, int size)
    {
        var frame = answers.GetSpan(HeaderBytes + size)[..(HeaderBytes + size)];
        frame[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(frame[1..], (uint)size);
        message.WriteTo(frame[HeaderBytes..]);
        answers.Advance(frame.Length);
    }

    private async Task<T?> ReadAsync<T>(MessageParser<T> parser, CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        while (true)
        {
            var read = await requests.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            if (TryLength(buffer) is { } length && buffer.Length >= HeaderBytes + length)
            {
                var message = Parse(parser, buffer.Slice(HeaderBytes, length));
                requests.AdvanceTo(buffer.GetPosition(HeaderBytes + length));
                return message;
            }

            if (read.IsCompleted) return buffer.IsEmpty ? null : throw new GrpcException(GrpcCode.Internal, "the call ends within a message");
            requests.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    // Refused by its header: a message that is too large is not waited for.
    private static long? TryLength(ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < HeaderBytes) return null;
        Span<byte> header = stackalloc byte[HeaderBytes];
        buffer.Slice(0, HeaderBytes).CopyTo(header);
        if (header[0] == 1) throw new GrpcException(GrpcCode.Unimplemented, "compressed messages are not taken");
        if (header[0] != 0) throw new GrpcException(GrpcCode.Internal, "the frame of a message begins with neither 0 nor 1");
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        return length <= MaxBytes ? length : throw new GrpcException(GrpcCode.ResourceExhausted, $"a message has {length} bytes, more than {MaxBytes}");
    }

    private static T Parse<T>(MessageParser<T> parser, ReadOnlySequence<byte> bytes)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new GrpcException(GrpcCode.Internal, $"a message is not a {typeof(T).Name}: {e.Message}");
        }
    }
}
