using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>Ids for documents without one (https://www.mongodb.com/docs/manual/reference/bson-types/#objectid): the seconds, a number of this process by chance, and a counter.</summary>
internal sealed class ObjectIds(TimeProvider time)
{
    private static readonly byte[] Process = RandomNumberGenerator.GetBytes(5);
    private static int _counter = RandomNumberGenerator.GetInt32(1 << 24);

    public byte[] Next()
    {
        var id = new byte[12];
        BinaryPrimitives.WriteInt32BigEndian(id.AsSpan(8), Interlocked.Increment(ref _counter));
        BinaryPrimitives.WriteUInt32BigEndian(id, (uint)time.GetUtcNow().ToUnixTimeSeconds());
        Process.CopyTo(id.AsSpan(4));
        return id;
    }
}
