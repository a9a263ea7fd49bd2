using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace FlexCore.Plugins.JsonSchema.Patterns;

/// <summary>A regular expression over texts of a document. Its time is bounded.</summary>
internal sealed class TextPattern(Regex regex)
{
    /// <summary>For one text.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);

    private const string TookTooLong = "takes too long to match its pattern";
    private const int CharsOnStack = 256;
    private const int BytesPerStep = 16;

    /// <summary>Whether a text of the document, or the name of a member, has a match.</summary>
    public bool IsMatch(ref Evaluation evaluation, int value)
    {
        var text = evaluation.Document.Text(value);
        if (!evaluation.Spend(1 + text.Length / BytesPerStep, value)) return false;
        char[]? rented = null;
        var chars = text.Length <= CharsOnStack ? stackalloc char[CharsOnStack] : (rented = ArrayPool<char>.Shared.Rent(text.Length));
        try
        {
            chars = chars[..Encoding.UTF8.GetChars(text, chars)];
            return IsMatch(ref evaluation, chars, value);
        }
        catch (RegexMatchTimeoutException)
        {
            return evaluation.Stop(TookTooLong, value);
        }
        finally
        {
            if (rented is not null) ArrayPool<char>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <summary>
    /// Many texts may each stay below the timeout: a microsecond costs a step. A process that was stopped in between pays for the
    /// timeout at most.
    /// </summary>
    private bool IsMatch(ref Evaluation evaluation, scoped ReadOnlySpan<char> text, int value)
    {
        var started = Stopwatch.GetTimestamp();
        var matches = regex.IsMatch(text);
        var took = Math.Min(Stopwatch.GetElapsedTime(started).Ticks, Timeout.Ticks);
        return evaluation.Spend(took / TimeSpan.TicksPerMicrosecond, value) && matches;
    }
}
