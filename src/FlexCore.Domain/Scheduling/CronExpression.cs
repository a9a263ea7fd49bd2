namespace FlexCore.Domain.Scheduling;

/// <summary>
/// Five fields that say when, as in crontab(5) of cronie and Vixie cron: minute, hour, day of the month, month, day of the week; or one of the words <c>@hourly</c>, <c>@daily</c>,
/// <c>@midnight</c>, <c>@weekly</c>, <c>@monthly</c>, <c>@yearly</c> and <c>@annually</c>.
/// </summary>
/// <remarks>
/// <para>When both day fields are restricted, a day that fits either of them fits. A field that begins with <c>*</c>, also <c>*/2</c>, is not restricted in this sense: then both must fit.</para>
/// <para>
/// When clocks change: an expression whose minute or hour begins with <c>*</c> follows the clock on the wall, so that it is due twice in an hour that is there twice and never in one that is missing.
/// Any other names a time of day, and is due once a day: at the first of two, and right behind the gap when its time is missing.
/// </para>
/// </remarks>
public sealed class CronExpression
{
    /// <summary>A leap year, a day of the week and the century's gap together come back within so many days.</summary>
    private const int Horizon = 366 * 40;

    private static readonly Dictionary<string, string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["@hourly"] = "0 * * * *", ["@daily"] = "0 0 * * *", ["@midnight"] = "0 0 * * *", ["@weekly"] = "0 0 * * 0", ["@monthly"] = "0 0 1 * *", ["@yearly"] = "0 0 1 1 *", ["@annually"] = "0 0 1 1 *",
    };

    private readonly CronField _minute;
    private readonly CronField _hour;
    private readonly CronField _day;
    private readonly CronField _month;
    private readonly CronField _weekday;

    private CronExpression(IReadOnlyList<CronField> fields) => (_minute, _hour, _day, _month, _weekday) = (fields[0], fields[1], fields[2], fields[3], fields[4]);

    /// <summary>Whether it follows the clock on the wall rather than naming times of day.</summary>
    private bool IsInterval => _minute.IsStar || _hour.IsStar;

    /// <summary>Reads one.</summary>
    /// <param name="text">As written.</param>
    /// <param name="problem">What is wrong with it, when there is none.</param>
    /// <returns>The expression, or null.</returns>
    public static CronExpression? Parse(string text, out string? problem)
    {
        var fields = Words.GetValueOrDefault(text.Trim(), text).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != CronField.Kinds.Count)
        {
            problem = $"has {fields.Length} fields instead of 5: minute, hour, day of the month, month, day of the week";
            return null;
        }

        var read = new List<CronField>();
        foreach (var (field, kind) in fields.Zip(CronField.Kinds))
        {
            if (CronField.Parse(field, kind) is { } values)
            {
                read.Add(values);
                continue;
            }

            problem = $"has '{Printable.Escape(field)}' for the {kind.Name}, which takes {kind.Rule}";
            return null;
        }

        var expression = new CronExpression(read);
        var isEver = expression.Days(new DateOnly(2000, 1, 1), step: 1).Any();
        problem = isEver ? null : "never comes: there is no such day";
        return isEver ? expression : null;
    }

    /// <summary>The times behind a moment, the soonest first, for some decades.</summary>
    /// <param name="moment">Not one of them.</param>
    /// <param name="zone">Where the clock hangs.</param>
    public IEnumerable<DateTimeOffset> After(DateTimeOffset moment, TimeZoneInfo zone) =>
        Days(DateOf(moment, zone).AddDays(-1), step: 1).SelectMany(day => TimesOf(day, zone)).SkipWhile(time => time <= moment);

    /// <summary>The times up to a moment, the latest first, for some decades.</summary>
    /// <param name="moment">It may be one of them.</param>
    /// <param name="zone">Where the clock hangs.</param>
    public IEnumerable<DateTimeOffset> UpTo(DateTimeOffset moment, TimeZoneInfo zone) =>
        Days(DateOf(moment, zone).AddDays(1), step: -1).SelectMany(day => TimesOf(day, zone).AsEnumerable().Reverse()).SkipWhile(time => time > moment);

    private static DateOnly DateOf(DateTimeOffset moment, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, zone).DateTime);

    private IEnumerable<DateOnly> Days(DateOnly first, int step)
    {
        for (var i = 0; i < Horizon; i++)
        {
            var day = first.AddDays(i * step);
            if (IsDay(day)) yield return day;
        }
    }

    private bool IsDay(DateOnly day)
    {
        if (!_month.Allows(day.Month)) return false;
        var (byMonth, byWeek) = (_day.Allows(day.Day), _weekday.Allows((int)day.DayOfWeek));
        return _day.IsStar || _weekday.IsStar ? byMonth && byWeek : byMonth || byWeek;
    }

    /// <summary>The moments of a day, in their order.</summary>
    private List<DateTimeOffset> TimesOf(DateOnly day, TimeZoneInfo zone)
    {
        var times = new List<DateTimeOffset>();
        foreach (var hour in _hour.Values())
        {
            foreach (var minute in _minute.Values()) times.AddRange(Moments(day.ToDateTime(new TimeOnly(hour, minute)), zone));
        }

        // In an hour that is there twice, all of the first one comes before the second; and several times in one gap are one.
        times.Sort();
        return [.. times.Distinct()];
    }

    private IEnumerable<DateTimeOffset> Moments(DateTime wall, TimeZoneInfo zone)
    {
        if (zone.IsInvalidTime(wall)) return IsInterval ? [] : [BehindGap(wall, zone)];
        if (!zone.IsAmbiguousTime(wall)) return [Utc(wall, zone.GetUtcOffset(wall))];
        var moments = zone.GetAmbiguousTimeOffsets(wall).Select(offset => Utc(wall, offset)).Order();
        return IsInterval ? moments : moments.Take(1);
    }

    private static DateTimeOffset BehindGap(DateTime wall, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(wall)) wall = wall.AddMinutes(1);
        return Utc(wall, zone.GetUtcOffset(wall));
    }

    private static DateTimeOffset Utc(DateTime wall, TimeSpan offset) => new DateTimeOffset(wall, offset).ToUniversalTime();
}
