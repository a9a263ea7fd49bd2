using System.Text;

namespace FlexCore.Plugins.Transforms;

/// <summary>The name of a record stream, or a pattern in which <c>*</c> stands for any text.</summary>
internal sealed class StreamPattern(string pattern)
{
    private readonly byte[] _pattern = Encoding.UTF8.GetBytes(pattern);

    /// <summary>Whether it can match more than one name.</summary>
    public bool IsPattern { get; } = pattern.Contains('*');

    /// <summary>Greedy, going back to the last star only.</summary>
    public bool IsMatch(ReadOnlySpan<byte> name)
    {
        if (!IsPattern) return name.SequenceEqual(_pattern);
        int p = 0, n = 0, star = -1, retry = 0;
        while (n < name.Length)
        {
            if (p < _pattern.Length && _pattern[p] == '*') (star, retry) = (p++, n);
            else if (p < _pattern.Length && _pattern[p] == name[n]) (p, n) = (p + 1, n + 1);
            else if (star >= 0) (p, n) = (star + 1, ++retry);
            else return false;
        }

        while (p < _pattern.Length && _pattern[p] == '*') p++;
        return p == _pattern.Length;
    }
}
