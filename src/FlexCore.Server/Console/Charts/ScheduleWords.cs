using System.Globalization;
using FlexCore.Client;

namespace FlexCore.Server.Console.Charts;

/// <summary>A schedule in words.</summary>
public static class ScheduleWords
{
    private const string Any = "*";

    private static readonly Dictionary<string, string> Short = new(StringComparer.OrdinalIgnoreCase)
    {
        ["@hourly"] = "0 * * * *", ["@daily"] = "0 0 * * *", ["@midnight"] = "0 0 * * *", ["@weekly"] = "0 0 * * 0", ["@monthly"] = "0 0 1 * *", ["@yearly"] = "0 0 1 1 *", ["@annually"] = "0 0 1 1 *",
    };

    private static readonly string[] Days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    private static readonly string[] Months = ["", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    /// <summary>When it is due: every 15 minutes, Europe/Lisbon time.</summary>
    public static string Of(PipelineSchedule schedule) => $"{Of(schedule.Cron)}, {schedule.Timezone} time";

    /// <summary>What the five fields of crontab(5) say; as they are written, where there are not five.</summary>
    public static string Of(string cron)
    {
        if (Short.GetValueOrDefault(cron.Trim(), cron).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is not [var minute, var hour, var day, var month, var weekday]) return cron;
        var time = TimeOf(minute, hour);
        var days = DaysOf(day, weekday);
        var isEveryDay = days.Length == 0;
        var words = time.StartsWith("at ", StringComparison.Ordinal) && isEveryDay ? $"every day {time}" : isEveryDay ? time : $"{time} {days}";
        return month == Any ? words : $"{words} in {Named(month, Months, "month")}";
    }

    private static string TimeOf(string minute, string hour)
    {
        if (minute == Any && hour == Any) return "every minute";
        if (Step(minute) is { } minutes && hour == Any) return $"every {minutes} minutes";
        if (!IsNumber(minute)) return $"{(minute == Any ? "every minute" : Step(minute) is { } step ? $"every {step} minutes" : $"at minutes {minute}")}{(hour == Any ? " of every hour" : Step(hour) is { } each ? $" of every {Ordinal(each)} hour" : $" of the hours {hour}")}";
        var past = minute.PadLeft(2, '0');
        if (hour == Any) return minute == "0" ? "every hour" : $"every hour at :{past}";
        if (Step(hour) is { } hours) return $"every {hours} hours at :{past}";
        return hour.Split(',') is var each2 && Array.TrueForAll(each2, IsNumber) ? $"at {Listed([.. each2.Select(h => $"{h.PadLeft(2, '0')}:{past}")])}" : $"at :{past} of the hours {hour}";
    }

    // Where both day fields are restricted either is enough; one that begins with a star is not restricted in this sense.
    private static string DaysOf(string day, string weekday)
    {
        var ofMonth = day == Any ? "" : Step(day) is { } step ? $"on every {Ordinal(step)} day of the month" : $"on day {Listed(day.Split(','))} of the month";
        var ofWeek = weekday == Any ? "" : $"on {Named(weekday, Days, "day of the week")}";
        if (ofMonth.Length == 0 || ofWeek.Length == 0) return ofMonth + ofWeek;
        return $"{ofMonth} {(day[0] == '*' || weekday[0] == '*' ? "and" : "or")} {ofWeek}";
    }

    private static string Named(string field, string[] names, string what)
    {
        if (Step(field) is { } step) return $"every {Ordinal(step)} {what}";
        return Listed([.. field.Split(',').Select(part => string.Join(" to ", part.Split('-').Select(Name)))]);

        string Name(string value)
        {
            if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number < names.Length ? names[number] : value;
            return value.Length == 3 ? names.FirstOrDefault(name => name.StartsWith(value, StringComparison.OrdinalIgnoreCase)) ?? value : value;
        }
    }

    private static int? Step(string field) => field.StartsWith("*/", StringComparison.Ordinal) && int.TryParse(field.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null;

    private static bool IsNumber(string field) => int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static string Ordinal(int number) => number switch
    {
        2 => "second",
        3 => "third",
        _ => $"{number}th",
    };

    private static string Listed(string[] items) => items.Length == 1 ? items[0] : $"{string.Join(", ", items[..^1])} and {items[^1]}";
}
