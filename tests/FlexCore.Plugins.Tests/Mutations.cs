namespace FlexCore.Plugins.Tests;

/// <summary>
/// Feeds a parser damaged copies of a good input: the same ones on every machine, and many more with <c>./test.sh --long</c>.
/// The failing input is in the exception, in Base64.
/// </summary>
internal static class Mutations
{
    private const int MostMutations = 6;
    private static readonly bool Long = Environment.GetEnvironmentVariable("FLEXCORE_LONG") is not null;

    public static void Run(byte[] good, int seed, Action<byte[]> parse, int copies = 1000)
    {
        var random = new Random(seed);
        for (var left = Long ? copies * 50 : copies; left > 0; left--)
        {
            var bytes = Mutate(good, random);
            try
            {
                parse(bytes);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"fails on {Convert.ToBase64String(bytes)}", e);
            }
        }
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        List<byte> bytes = [.. good];
        for (var count = random.Next(1, MostMutations + 1); count > 0 && bytes.Count > 1; count--)
        {
            var at = random.Next(bytes.Count);
            var length = random.Next(1, Math.Min(20, bytes.Count - at) + 1);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length)); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }

        return [.. bytes];
    }
}
